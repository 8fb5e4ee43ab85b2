# SSNet in full size, x4. Set data_root to a folder with train/ and val/.
_base_ = [
    '../_base_/models/ssnet.py',
    '../_base_/datasets/isar_folder.py',
    '../_base_/schedules/adamw_restoration.py',
    '../_base_/restoration_runtime.py',
]
