"""Migration of a whole data set: what the loop, the hook and the tool share."""

from mmsar.engine.migration.content_job import ContentJob
from mmsar.engine.migration.job import Migration
from mmsar.engine.migration.migrator import Migrator
from mmsar.engine.migration.settings import MigrationSettings
from mmsar.engine.migration.summary import Summary

__all__ = ['ContentJob', 'Migration', 'MigrationSettings', 'Migrator', 'Summary']
