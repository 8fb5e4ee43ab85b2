"""Stable Diffusion 3: images of radars from prompts."""
