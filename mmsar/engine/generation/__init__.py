"""Generation of many images: what the loop, the job and the tool share."""

from mmsar.engine.generation.content_job import GenerationJob
from mmsar.engine.generation.generator import Generator
from mmsar.engine.generation.job import Generation
from mmsar.engine.generation.settings import GenerationSettings

__all__ = ['Generation', 'GenerationJob', 'GenerationSettings', 'Generator']
