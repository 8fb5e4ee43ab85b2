"""Small tokenizers and text encoders, of random weights, that tell prompts apart."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

# Single tokens; other words are spelt.
WORDS = (
    'sar', 'image', 'of', 'an', 'aircraft', 'ship', 'vehicle', 'band', 'resolution',
    'polarisation', 'look', 'angle', 'degrees', 'terrasar', 'fucheng', 'sentinel', 'boeing',
    'airbus', 'airfield', 'apron', 'helicopter', 'bomber', 'fighter', 'airliner', 'transport',
    'global', 'hawk', 'learjet', 'predator', 'mig', 'su', 'tu', 'il',
)  # fmt: skip


def write_clip_tokenizer(folder: Path, tokens: int, words: Sequence[str] = ()) -> int:
    """Write a tokenizer of bytes and some words; return the size of its vocabulary.

    Args:
        folder: Must not exist.
        tokens: Longest prompt.
        words: In small letters.
    """
    from transformers import CLIPTokenizer
    from transformers.models.clip.tokenization_clip import bytes_to_unicode

    folder.mkdir()
    letters = list(bytes_to_unicode().values())
    merges = list(dict.fromkeys(pair for word in words for pair in _merges(word)))
    ends = ['<|startoftext|>', '<|endoftext|>']
    entries = [*letters, *(f'{letter}</w>' for letter in letters), *map(''.join, merges), *ends]
    numbers = {entry: number for number, entry in enumerate(dict.fromkeys(entries))}
    vocabulary, rules = folder / 'vocab.json', folder / 'merges.txt'
    vocabulary.write_text(json.dumps(numbers))
    rules.write_text('\n'.join(['#version: 0.2', *map(' '.join, merges), '']))
    tokenizer = CLIPTokenizer(str(vocabulary), str(rules), model_max_length=tokens)
    tokenizer.save_pretrained(str(folder))
    return len(numbers)


def _merges(word: str) -> Iterator[tuple[str, str]]:
    """Yield the merges that make one token of a word, from its beginning on."""
    parts = [*word[:-1], f'{word[-1]}</w>']
    for number in range(1, len(parts)):
        yield ''.join(parts[:number]), parts[number]


def write_t5_tokenizer(folder: Path, tokens: int) -> int:
    """Write a tokenizer of letters and some words; return the size of its vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import T5TokenizerFast

    letters = [chr(number) for number in range(33, 127) if not chr(number).isupper()]
    pieces = [('<pad>', 0.0), ('</s>', 0.0), ('<unk>', 0.0), ('▁', -5.0)]
    pieces += [(letter, -10.0) for letter in letters]
    pieces += [(f'{before}{word}', -2.0) for word in WORDS for before in ('▁', '')]
    model = Tokenizer(models.Unigram(pieces, unk_id=2))
    model.normalizer = normalizers.Lowercase()
    model.pre_tokenizer = pre_tokenizers.Metaspace()
    model.post_processor = processors.TemplateProcessing(
        single='$A </s>', special_tokens=[('</s>', 1)]
    )
    T5TokenizerFast(tokenizer_object=model, extra_ids=0, model_max_length=tokens).save_pretrained(
        str(folder)
    )
    return len(pieces)


def build_clip(shape: tuple[int, int, int, int], words: int, tokens: int) -> Any:
    """Build a CLIP text encoder whose weights are drawn from torch's generator.

    Args:
        shape: See :class:`mmsar.models.generation.sd3.architectures.Architecture`.
        words: Size of the vocabulary; its last two words begin and end a prompt.
        tokens: Longest prompt.
    """
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    width, layers, heads, projection = shape
    encoder = CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=words,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            max_position_embeddings=tokens,
            projection_dim=projection,
            bos_token_id=words - 2,
            eos_token_id=words - 1,
            pad_token_id=words - 1,
        )
    )
    with torch.no_grad():
        # Random encoders hardly look at the words: these are made louder, and heard by the token
        # that ends the prompt, whose state is that of the prompt.
        encoder.text_model.embeddings.token_embedding.weight.normal_()
        for layer in encoder.text_model.encoder.layers:
            layer.self_attn.out_proj.weight.mul_(10)
    return encoder


def build_t5(shape: tuple[int, int], words: int) -> Any:
    """Build a T5 encoder whose weights are drawn from torch's generator."""
    from transformers import T5Config, T5EncoderModel

    width, layers = shape
    config = T5Config(
        vocab_size=words, d_model=width, d_kv=width // 4, d_ff=2 * width, num_layers=layers,
        num_heads=4, relative_attention_num_buckets=8,
    )  # fmt: skip
    return T5EncoderModel(config)
