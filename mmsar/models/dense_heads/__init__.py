"""Heads of one-stage detectors that plug into mmdet."""

from mmsar.models.dense_heads.yolo_head import YOLOV3Head

__all__ = ['YOLOV3Head']
