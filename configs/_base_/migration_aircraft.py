# Values of simulated aircraft (docs/aircraft.md), as the small networks were trained on.
_base_ = './migration_runtime.py'

high = 4000
power = 0.5
test_cfg = dict(
    load=dict(domain_in='amplitude'),
    stretch=dict(_delete_=True, rule='fixed', low=0, high=high, power=power),
)
