"""Writing many images with several processes, so that a kill loses none and repeats none.

What generation and migration share: the manifest, the folder of results, processes that wait for
one another, and how far they are.
"""
