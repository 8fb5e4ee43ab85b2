"""Errors that a user can fix: each message names the file or field, and the fix."""


class MMSARError(Exception):
    """Base of all errors that mmsar raises on bad input."""


class ConfigError(MMSARError):
    """A config file or an option on the command line is wrong."""


class DataError(MMSARError):
    """A data set, an annotation or an image is missing or malformed."""


class CheckpointError(MMSARError):
    """A checkpoint is missing, unreadable, unsafe to load, or of another model."""


class TrainingError(MMSARError):
    """A training cannot go on: its loss is not a number."""


class MissingOperatorError(MMSARError, NotImplementedError):
    """A compiled operator of mmcv was called that has no substitute here."""
