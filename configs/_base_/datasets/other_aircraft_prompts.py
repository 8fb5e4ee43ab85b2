# Aircraft of fourteen other types by the old sensor: what a small generator learns before it is
# adapted to the seven.
#   python tools/dataset_converters/simulate_aircraft.py data/other_aircraft --types other
#       --sensor x1m --counts 300
_base_ = './aircraft_prompts.py'

data_root = 'data/other_aircraft/sar1/'
classes = (
    'A-10', 'A320', 'An-2', 'B-1', 'C-5', 'DC-10', 'E-3', 'Global-Hawk', 'Il-76', 'Learjet',
    'MiG-29', 'Predator', 'Su-27', 'Tu-95',
)  # fmt: skip
prompt = _base_.prompt
prompt.classes = classes
_base_.train_dataloader.dataset.dataset.update(data_root=data_root, metainfo=dict(classes=classes))
_base_.train_dataloader.dataset.dataset.pipeline[2].classes = classes
train_dataloader = dict(batch_size=32)
test_cfg = dict(prompt=prompt, number=4)
