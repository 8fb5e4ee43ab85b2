"""Print a config as it is after inheritance and options."""

from collections.abc import Sequence

from mmsar.apis.cli import config_parser
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Print."""
    args = config_parser(__doc__).parse_args(argv)
    print(load_config(args.config, args.cfg_options).pretty_text)


if __name__ == '__main__':
    run_tool(main)
