"""Work that needs no talk between its parts goes to any executor of `concurrent.futures`: threads,
processes, a Dask cluster, MPI.

Whoever has an executor hands it over; the command line opens one by its address. There is no
scheduler here: what is sent is a function and its arguments, what comes back is given on as it
finishes.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import importlib
import multiprocessing
import pickle
import signal
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any, Generic, NamedTuple, TypeVar

import jax

from .checks import InputError, refuse, whole
from .signals import end_with

TICK = 0.5  # seconds in which whoever waits may say that work goes on
MANY = 1024  # processes on one machine
PATIENCE = 10  # seconds for a scheduler to answer
FORMS = (
    "dask://HOST:PORT, processes://N or MODULE:NAME, a function without arguments that opens one"
)

Name = TypeVar("Name", bound=Hashable)


class Finished(NamedTuple, Generic[Name]):
    """One job that is over: its value, or the error it ended in."""

    name: Name
    value: Any
    error: Exception | None


@contextlib.contextmanager
def finished(
    executor: Executor,
    function: Callable[..., Any],
    jobs: Mapping[Name, tuple[Any, ...]],
    tick: Callable[[int], None] = lambda done: None,
) -> Iterator[Iterator[Finished[Name]]]:
    """function(*arguments) for every job, as they finish; those not begun when the block ends are
    cancelled.

    The function travels once a job but is unpacked once a worker, so that what it compiles serves
    all its jobs there. `tick` is told twice a second how many are done.
    """
    sent, settings = packed(function, "function"), _settings()
    pending: dict[Future[bytes], Name] = {}
    try:
        for name, arguments in jobs.items():
            pending[_submitted(executor, settings, sent, packed(arguments, str(name)))] = name
        yield _one_by_one(pending, tick)
    finally:
        for future in pending:
            future.cancel()


def _one_by_one(
    pending: dict[Future[bytes], Name], tick: Callable[[int], None]
) -> Iterator[Finished[Name]]:
    count = len(pending)
    while pending:
        over, _ = concurrent.futures.wait(pending, TICK, concurrent.futures.FIRST_COMPLETED)
        tick(count - len(pending))
        for future in over:
            yield _finished(pending.pop(future), future)
    tick(count)


def demand_executor(executor: object) -> None:
    """An executor that is open, whose processes JAX can work in."""
    allowed = "an executor of concurrent.futures"
    if not isinstance(executor, Executor):
        asked = hasattr(executor, "get_executor")
        cause = "Write executor=client.get_executor(pure=False)." if asked else ""
        raise refuse("executor", executor, allowed, cause)
    context = getattr(executor, "_mp_context", None)
    if context is not None and context.get_start_method() == "fork":
        allowed = "one whose processes are begun anew"
        cause = (
            "The threads of JAX do not outlive a fork: "
            'ProcessPoolExecutor(2, multiprocessing.get_context("spawn")).'
        )
        raise refuse("executor", "a pool that forks", allowed, cause)


@contextlib.contextmanager
def opened(address: str, argument: str = "--executor") -> Iterator[Executor]:
    """The executor at an address: `dask://HOST:PORT`, `processes://N`, or `MODULE:NAME`, such as
    mpi4py.futures:MPIPoolExecutor. What has not begun when the block ends is given up.
    """
    kind, _, place = address.partition("://")
    if place and kind == "dask":
        with _of_dask(address, place, argument) as executor:
            yield executor
    elif place and kind == "processes":
        with _of_processes(address, place, argument) as executor:
            yield executor
    else:
        executor = _named(address, argument)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)


@contextlib.contextmanager
def _of_processes(address: str, place: str, argument: str) -> Iterator[Executor]:
    if not place.isdecimal():
        raise refuse(argument, address, FORMS)
    count = whole(int(place), f"{argument} processes", most=MANY)
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, spawn, initializer=_begin)
    before = set(multiprocessing.active_children())
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


def _begin() -> None:
    """Ctrl-C is left to the process that started this one, with which it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if (parent := multiprocessing.parent_process()) and parent.pid:
        end_with(parent.pid)  # also of one that has ended by now


@contextlib.contextmanager
def _of_dask(address: str, place: str, argument: str) -> Iterator[Executor]:
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise refuse(argument, address, FORMS, "A scheduler of Dask listens at 8786 by default.")
    try:
        from distributed import Client
    except ModuleNotFoundError:
        cause = 'Dask is not installed: pip install "minimax_lab[cluster]".'
        raise refuse(argument, address, "an executor that is there", cause) from None
    try:
        client = Client(f"tcp://{place}", timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError):
        allowed = "the address of a scheduler that answers"
        cause = "Is it running? `dask scheduler` says where it listens."
        raise refuse(argument, address, allowed, cause) from None
    try:
        if not client.scheduler_info()["workers"]:
            told = f"{address} has no workers yet: `dask worker {place} --nthreads 1` starts one."
            warnings.warn(told, stacklevel=2)
        yield client.get_executor(pure=False)
    finally:
        client.close()


def _named(address: str, argument: str) -> Executor:
    """What a function of a module that can be imported here gives."""
    module, _, name = address.partition(":")
    if not module or not all(part.isidentifier() for part in (*module.split("."), name)):
        raise refuse(argument, address, FORMS)
    try:
        executor = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError) as error:
        raise refuse(argument, address, "an executor that is there", f"{error}.") from None
    except Exception as error:
        cause = f"Called, it fails ({type(error).__name__}: {error})."
        raise refuse(argument, address, FORMS, cause) from None
    try:
        demand_executor(executor)
    except InputError as error:
        raise refuse(argument, address, FORMS, f"What it gives does not do: {error}") from None
    return executor


def packed(value: object, argument: str) -> bytes:
    """What can be sent, functions by their module, or whole where cloudpickle is installed."""
    try:
        from cloudpickle import dumps
    except ModuleNotFoundError:
        dumps = pickle.dumps
    try:
        return dumps(value)
    except Exception as error:
        allowed = "something that can be sent to another process"
        cause = f"Write functions at the top of a module, no lambdas ({error})."
        raise refuse(argument, value, allowed, cause) from None


def _submitted(
    executor: Executor, settings: Mapping[str, Any], function: bytes, arguments: bytes
) -> Future[bytes]:
    try:
        return executor.submit(_work, settings, function, arguments)
    except concurrent.futures.BrokenExecutor:
        raise
    except RuntimeError as error:
        raise refuse("executor", executor, "one that takes work", f"{error}.") from None


def _finished(name: Name, future: Future[bytes]) -> Finished[Name]:
    try:
        return Finished(name, pickle.loads(future.result()), None)
    except concurrent.futures.CancelledError:
        lost = RuntimeError("it was given up; is the executor, or its scheduler, gone?")
        return Finished(name, None, lost)
    except ModuleNotFoundError as error:
        told = f"workers cannot import {error.name}: begin them in the same folder and environment"
        return Finished(name, None, InputError(f"{told} as this process."))
    except Exception as error:
        return Finished(name, None, error)


def _work(settings: Mapping[str, Any], function: bytes, arguments: bytes) -> bytes:
    """On the worker: under the settings of who sent it, which other work there need not share."""
    with _under(settings):
        return pickle.dumps(_unpacked(function)(*pickle.loads(arguments)))


@functools.lru_cache(maxsize=8)
def _unpacked(function: bytes) -> Callable[..., Any]:
    return pickle.loads(function)


def _settings() -> dict[str, Any]:
    """What of JAX's settings decides about numbers, as it is in this thread."""
    return {name: getattr(jax.config, name) for name in _CONTEXTS}


@contextlib.contextmanager
def _under(settings: Mapping[str, Any]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name, value in settings.items():
            stack.enter_context(_CONTEXTS[name](value))
        yield


def _x64(on: bool) -> contextlib.AbstractContextManager[None]:
    from jax import experimental

    room = jax if hasattr(jax, "enable_x64") else experimental  # it moved
    return room.enable_x64(on)


_CONTEXTS: dict[str, Callable[[Any], contextlib.AbstractContextManager[Any]]] = {
    "jax_enable_x64": _x64,
    "jax_numpy_dtype_promotion": jax.numpy_dtype_promotion,
    "jax_default_matmul_precision": jax.default_matmul_precision,
    "jax_default_prng_impl": jax.default_prng_impl,
    "jax_threefry_partitionable": jax.threefry_partitionable,
}
