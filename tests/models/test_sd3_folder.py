"""Loading folders of Stable Diffusion 3, and making small ones."""

import os
import shutil

import pytest
import torch
from model_converters.small_stable_diffusion_3 import main as write_small

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.hub_folder import HubFolder
from mmsar.models.generation.sd3.loading import load_stable_diffusion_3, load_text_encoders
from mmsar.models.generation.sd3.small import write_small_stable_diffusion_3

diffusers = pytest.importorskip('diffusers')
pytest.importorskip('peft')


@pytest.fixture
def folder(tiny_sd3, tmp_path):
    """A copy to break."""
    return shutil.copytree(tiny_sd3, tmp_path / 'copy')


def test_what_is_loaded(tiny_sd3):
    from safetensors.torch import load_file

    parts = load_stable_diffusion_3(str(tiny_sd3), torch.bfloat16)
    assert {p.dtype for p in parts.transformer.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in parts.vae.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in parts.transformer.parameters())
    saved = load_file(tiny_sd3 / 'transformer/diffusion_pytorch_model.safetensors')
    for name, weight in parts.transformer.state_dict().items():
        torch.testing.assert_close(weight, saved[name].bfloat16(), rtol=0, atol=0)
    assert parts.scheduler.config.shift == 3.0
    # Everything that the medium model has.
    assert [hasattr(b, 'attn2') and b.attn2 is not None
            for b in parts.transformer.transformer_blocks] == [True, False]  # fmt: skip


def test_small_encoders_tell_classes_apart(tiny_sd3):
    parts = load_text_encoders(HubFolder(str(tiny_sd3)), torch.float32)
    tokenizers = [parts[f'tokenizer{end}'] for end in ('', '_2', '_3')]
    text = 'SAR image, Boeing-747 aircraft, TerraSAR-X, X band, 1 m resolution, look angle 45'
    assert all(len(tokenizer(text).input_ids) < 32 for tokenizer in tokenizers)
    assert '▁aircraft' in tokenizers[2].tokenize(text)
    assert tokenizers[0].tokenize('aircraft') == ['aircraft</w>']
    pipeline = diffusers.StableDiffusion3Pipeline(
        transformer=None, scheduler=None, vae=None, **parts
    )
    names = ['B-52', 'C-17', 'F-15', 'F-16']
    prompts = [f'SAR image, {name} aircraft' for name in names]
    tokens, _, pooled, _ = pipeline.encode_prompt(
        prompts, prompts, prompts, do_classifier_free_guidance=False, max_sequence_length=32
    )
    assert tokens.shape == (4, 64, 32)
    distances = torch.pdist(pooled) / pooled.norm(dim=1).mean()
    assert distances.min() > 0.1


def test_identity(folder, tiny_sd3, monkeypatch):
    parts = 'text_encoder', 'tokenizer'
    same = HubFolder(str(folder)).identity(*parts)
    assert same == HubFolder(str(tiny_sd3)).identity(*parts)
    os.utime(folder / 'vae/config.json', (0, 0))
    assert HubFolder(str(folder)).identity(*parts) == same
    os.utime(folder / 'tokenizer_3/tokenizer.json', (0, 0))
    assert HubFolder(str(folder)).identity(*parts) != same
    found = {'text_encoder/config.json': '/hub/snapshots/abc/text_encoder/config.json'}
    monkeypatch.setattr(
        'huggingface_hub.try_to_load_from_cache', lambda _, name, revision: found.get(name)
    )
    assert HubFolder('owner/model').identity(*parts) == 'owner/model abc None'
    found.clear()
    assert HubFolder('owner/model', revision='r').identity(*parts) == 'owner/model r None'


def test_same_seed_same_weights(tiny_sd3, tmp_path, capsys):
    for seed, equal in (('0', True), ('1', False)):
        write_small([str(tmp_path / seed), '--seed', seed])
        assert 'MB' in capsys.readouterr().out
        for part, file in (('transformer', 'diffusion_pytorch_model'), ('text_encoder_2', 'model')):
            name = f'{part}/{file}.safetensors'
            read = [path / name for path in (tiny_sd3, tmp_path / seed)]
            assert (read[0].read_bytes() == read[1].read_bytes()) is equal
    with pytest.raises(ConfigError, match='exists'):
        write_small([str(tmp_path / '0')])
    assert sorted(path.name for path in tmp_path.iterdir()) == ['0', '1']


@pytest.mark.parametrize('name', ['transformer/config.json', 'scheduler/scheduler_config.json'])
def test_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f'copy has no {name}'):
        load_stable_diffusion_3(str(folder))


def test_parts_that_do_not_fit(folder):
    from safetensors.torch import load_file, save_file

    path = folder / 'transformer/diffusion_pytorch_model.safetensors'
    weights = load_file(path)
    weights.pop('proj_out.bias')
    save_file(weights, path, metadata={'format': 'pt'})
    with pytest.raises(CheckpointError, match=r'1 are missing .* such as proj_out.bias'):
        load_stable_diffusion_3(str(folder))
    (folder / 'text_encoder_3/model.safetensors').write_bytes(b'')
    with pytest.raises(CheckpointError, match='text_encoder_3 cannot be loaded'):
        load_text_encoders(HubFolder(str(folder)), torch.float32)
    with pytest.raises(CheckpointError, match='nowhere/model is no folder here'):
        load_stable_diffusion_3('nowhere/model', local_files_only=True)
    with pytest.raises(ConfigError, match='choose one of tiny, mini'):
        write_small_stable_diffusion_3(folder.parent / 'new', 'huge')
