"""The comparison of cross-sensor generation: methods, classifiers, tables, from one config.

Cross-Sensor SAR Data Generation Using Diffusion Models and Feature Migration, arXiv 2606.28922,
sections 3.1 to 3.5.
"""
