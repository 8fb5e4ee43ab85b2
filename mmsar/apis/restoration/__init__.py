"""Super-resolution of images, stacks and rasters."""
