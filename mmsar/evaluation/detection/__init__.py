"""Detections against boxes: COCO, VOC, operating points, scenes of tiles."""
