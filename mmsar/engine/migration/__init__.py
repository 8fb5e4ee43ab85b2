"""Migration of a whole data set: what the loop, the hook and the tool share."""

from mmsar.engine.image_jobs.summary import Summary
from mmsar.engine.migration.content_job import ContentJob
from mmsar.engine.migration.job import Migration
from mmsar.engine.migration.migrator import Migrator
from mmsar.engine.migration.settings import MigrationSettings

__all__ = ['ContentJob', 'Migration', 'MigrationSettings', 'Migrator', 'Summary']
