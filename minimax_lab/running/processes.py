"""Several processes that run the same command as one: how they find each other, who is the first,
what it tells the others, and what is said when one of them is gone.

One process alone is the first, and is told what it says.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from ..checks import InputError, refuse, whole

Told = TypeVar("Told")
# What collectives of processors and of accelerators, and the service that processes meet at, say
# when a process is gone.
GONE = re.compile(r"gloo|nccl|rccl|coordination|socket closed|heartbeat", re.IGNORECASE)


class LostError(RuntimeError):
    """Another process is gone, and what is computed together cannot go on."""


def first() -> bool:
    """Whether this process is the first, which alone writes files."""
    return jax.process_index() == 0


def joined(
    coordinator: str | None = None,
    processes: int | None = None,
    process: int | None = None,
    *,
    patience: int = 300,
) -> None:
    """Find the other processes, before anything is computed.

    Arguments:
        coordinator: where the first process listens, "HOST:PORT"; without, what SLURM or MPI says,
            or the variable JAX_COORDINATOR_ADDRESS.
        processes: how many there are.
        process: which of them this is, from 0 on.
        patience: the seconds to wait for the others.
    """
    if processes is not None:
        processes = whole(processes, "--processes")
        if process is not None:
            process = whole(process, "--process", 0, processes - 1)
    if coordinator is not None and not re.fullmatch(r".+:\d{1,5}", coordinator):
        raise refuse("--coordinator", coordinator, "HOST:PORT, where the first process listens")
    # Its handler of SIGTERM would take the place of ours.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        jax.distributed.initialize(coordinator, processes, process, initialization_timeout=patience)
    except (ValueError, RuntimeError) as error:
        given = f"{processes} with coordinator {coordinator}, process {process}"
        allowed = "processes that find each other"
        cause = (
            "Say --coordinator HOST:PORT and --process K to each, or start them by SLURM or MPI. "
            f"({' '.join(str(error).split())[:300]})"
        )
        raise refuse("--processes", given, allowed, cause) from None
    there = jax.process_count()
    if processes is not None and there != processes:
        raise refuse("--processes", processes, f"{there}, as many as were started")
    owners = [device.process_index for device in jax.devices()]
    counts = [owners.count(rank) for rank in range(there)]
    if len(set(counts)) > 1:
        told = ", ".join(map(str, counts))
        raise refuse("the devices of the processes", told, "equally many in each")


def from_first(value: Told) -> Told:
    """What the first process says, in all of them; what the others say is not looked at."""
    if jax.process_count() == 1:
        return value
    from jax.experimental.multihost_utils import broadcast_one_to_all

    packed = pickle.dumps(value) if first() else b""
    with noticed():
        size = int(broadcast_one_to_all(np.int32(len(packed))))
        sent = broadcast_one_to_all(_filled(packed, size))
    return pickle.loads(sent.tobytes())


def from_all(value: Told) -> list[Told]:
    """What every process says, in all of them."""
    if jax.process_count() == 1:
        return [value]
    from jax.experimental.multihost_utils import process_allgather

    packed = pickle.dumps(value)
    with noticed():
        size = int(process_allgather(np.int32(len(packed))).max())
        sent = process_allgather(_filled(packed, size))
    return [pickle.loads(one.tobytes()) for one in sent]


def by_first(action: Callable[[], Told]) -> Told | None:
    """Done by the first process alone, which has what came of it; what it refuses, all refuse."""
    done, refused = None, ""
    if first():
        try:
            done = action()
        except InputError as error:
            if jax.process_count() == 1:
                raise
            refused = str(error)
    if refused := from_first(refused):
        raise InputError(refused)
    return done


def demand_agreement(settings: Mapping[str, object]) -> None:
    """All processes must have been told the same, and compute alike."""
    alike = {
        "jax": jax.__version__,
        "precision": jnp.result_type(float).name,
        "kind of device": jax.local_devices()[0].device_kind,
    }
    leader, *others = from_all({**settings, **alike})
    told = [
        f"{name}: {leader.get(name)!r} in process 0, {other.get(name)!r} in process {rank}"
        for rank, other in enumerate(others, 1)
        for name in sorted({*leader, *other})
        if leader.get(name) != other.get(name)
    ]
    if told:
        raise InputError(
            f"the processes were given different settings: {'; '.join(told)}. All take the same "
            "command."
        )


@contextlib.contextmanager
def noticed() -> Iterator[None]:
    """A block in which the end of another process is told as such."""
    try:
        yield
    except (ValueError, RuntimeError) as error:
        if jax.process_count() == 1 or isinstance(error, InputError | LostError):
            raise
        if not GONE.search(str(error)):
            raise
        said = " ".join(str(error).split())[:200]
        raise LostError(
            f"another of the {jax.process_count()} processes is gone ({said})"
        ) from error


def leave(status: int) -> NoReturn:
    """End without waiting for the others, who may wait for this one. The first, at whose place all
    meet, gives them a second to say why they end.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if first():
        time.sleep(1)
    os._exit(status)


def _filled(packed: bytes, size: int) -> np.ndarray:
    """Bytes in one of few lengths, since each is a program of its own."""
    filled = np.zeros(max(1 << (size - 1).bit_length(), 64), np.uint8)
    filled[: len(packed)] = np.frombuffer(packed, np.uint8)
    return filled
