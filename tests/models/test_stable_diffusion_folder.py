"""Loading folders of Stable Diffusion, and making small ones."""

import json
import shutil
import sys

import pytest
import torch
from model_converters.small_stable_diffusion import main as write_small

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.stable_diffusion import load_stable_diffusion

diffusers = pytest.importorskip('diffusers')
safetensors = pytest.importorskip('safetensors.torch')


@pytest.fixture
def folder(small_stable_diffusion, tmp_path):
    """A copy to break."""
    return shutil.copytree(small_stable_diffusion, tmp_path / 'copy')


def test_what_is_loaded(small_stable_diffusion):
    parts = load_stable_diffusion(str(small_stable_diffusion))
    assert parts.unet.config.block_out_channels == [16, 32, 32, 32]
    assert parts.prompt_embeds.shape == (1, 77, 32)
    # Two hundred steps of the process of Stable Diffusion 1.5.
    assert parts.timesteps(200).tolist() == list(range(996, 0, -5))
    file = small_stable_diffusion / 'unet/diffusion_pytorch_model.safetensors'
    expected = safetensors.load_file(file)
    for name, weight in parts.unet.state_dict().items():
        torch.testing.assert_close(weight, expected[name], rtol=0, atol=0)
    other = load_stable_diffusion(str(small_stable_diffusion), prompt='a radar image')
    assert not torch.allclose(other.prompt_embeds, parts.prompt_embeds)


def test_diffusers_reads_the_folder(small_stable_diffusion):
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(small_stable_diffusion)
    assert pipeline.tokenizer('ab').input_ids[0] == pipeline.tokenizer.bos_token_id
    assert type(pipeline.scheduler).__name__ == 'DDIMScheduler'


def test_same_seed_same_weights(small_stable_diffusion, tmp_path, capsys):
    for seed, equal in (('0', True), ('1', False)):
        write_small([str(tmp_path / seed), '--seed', seed])
        assert 'MB' in capsys.readouterr().out
        name = 'unet/diffusion_pytorch_model.safetensors'
        read = [path / name for path in (small_stable_diffusion, tmp_path / seed)]
        assert (read[0].read_bytes() == read[1].read_bytes()) is equal
    with pytest.raises(ConfigError, match='exists'):
        write_small([str(tmp_path / '0')])
    assert sorted(path.name for path in tmp_path.iterdir()) == ['0', '1']


@pytest.mark.parametrize('name', ['unet/config.json', 'tokenizer/vocab.json'])
def test_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f'copy has no {name}'):
        load_stable_diffusion(str(folder))


def test_missing_weights(folder):
    (folder / 'vae/diffusion_pytorch_model.safetensors').unlink()
    with pytest.raises(CheckpointError, match='copy/vae cannot be loaded'):
        load_stable_diffusion(str(folder))


def test_weights_are_complete(folder):
    """diffusers would leave the missing one random."""
    file = folder / 'unet/diffusion_pytorch_model.safetensors'
    weights = safetensors.load_file(file)
    del weights['conv_in.bias']
    safetensors.save_file(weights, file, metadata={'format': 'pt'})
    with pytest.raises(CheckpointError, match=r'unet do not fit.*conv_in\.bias'):
        load_stable_diffusion(str(folder))


def test_damaged_weights(folder):
    file = folder / 'unet/diffusion_pytorch_model.safetensors'
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match='copy/unet cannot be loaded'):
        load_stable_diffusion(str(folder))


def test_parts_that_do_not_fit(folder, small_stable_diffusion):
    shutil.rmtree(folder / 'unet')
    settings = json.loads((small_stable_diffusion / 'unet/config.json').read_text())
    inpainting = {**settings, 'in_channels': 9}
    diffusers.UNet2DConditionModel.from_config(inpainting).save_pretrained(folder / 'unet')
    with pytest.raises(CheckpointError, match='takes 9 channels and the autoencoder makes 4'):
        load_stable_diffusion(str(folder))
    wider = {**settings, 'cross_attention_dim': 48}
    diffusers.UNet2DConditionModel.from_config(wider).save_pretrained(folder / 'unet')
    with pytest.raises(CheckpointError, match='prompts of 48 channels'):
        load_stable_diffusion(str(folder))


def test_unknown_name():
    with pytest.raises(CheckpointError, match='nobody/nothing is no folder here'):
        load_stable_diffusion('nobody/nothing', local_files_only=True)


def test_without_diffusers(monkeypatch):
    monkeypatch.setitem(sys.modules, 'diffusers', None)
    with pytest.raises(ConfigError, match=r"pip install -e '\.\[diffusion\]'"):
        load_stable_diffusion('anything')
