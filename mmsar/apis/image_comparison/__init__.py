"""Folders of images compared by the figures of generated images."""
