"""Put a trained autoencoder or U-Net into a folder like that of Stable Diffusion.

FOLDER is that which the training of mmsar.LatentAutoencoder or mmsar.LatentDiffusion began with
(model.pretrained of its config). OUT is a copy in which the network is the trained one; diffusers
and migration load it as any other.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Publish."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('folder', type=Path, metavar='FOLDER')
    parser.add_argument('checkpoint', help='of the training, or its work folder')
    parser.add_argument('out', type=Path, metavar='OUT', help='a new folder')
    args = parser.parse_args(argv)
    from mmsar.apis.launch import find_checkpoint
    from mmsar.models.generation.publish import publish
    from mmsar.models.weights import read_weights

    checkpoint = Path(find_checkpoint(args.checkpoint))
    part = publish(args.folder, read_weights(checkpoint), args.out, str(checkpoint))
    print(f'wrote {args.out}: {part} of {checkpoint}')


if __name__ == '__main__':
    run_tool(main)
