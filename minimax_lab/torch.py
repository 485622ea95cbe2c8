"""The spectrum of a game that is trained in PyTorch, from its modules and its losses.

    from minimax_lab.torch import spectrum_of

    spectrum = spectrum_of((generator_loss, discriminator_loss), (generator, discriminator))

The losses are the functions of the training loop, without arguments, on one batch and with its
latents: they are called with their modules as they are. Products with the transposed Jacobian of
the field come from `torch.func`; its eigenvalues are those of the Jacobian. PyTorch is imported
here and nowhere else, when this is called.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .analysis.eigensolvers import demand_leading, leading_values
from .analysis.eigenvalues import Spectrum, ordered
from .checks import InputError, demand_function, refuse

PARTS = (("largest", False, False), ("rightmost", True, False), ("leftmost", False, True))


def spectrum_of(
    losses: Sequence[Callable[[], Any]],
    modules: Sequence[Any],
    *,
    leading: int | None = None,
    rightmost: bool = False,
    leftmost: bool = False,
) -> Spectrum:
    """Eigenvalues of J = v'(x), v the gradients of the losses, each by the parameters of its own
    module.

    The modules stay as they are. `spectrum.norms` are the norms of the gradients,
    `spectrum.rotation` says how much turns, `mm.draw.spectrum(spectrum)` draws it. In double
    precision (`module.double()`) it has all its digits. A batch normalisation may not note running
    means meanwhile: `module.eval()`, or `track_running_stats=False`.

    Arguments:
        losses: a function without arguments for each module, giving its loss as a scalar; nothing
            may be detached or under `no_grad`, or the other's influence is lost (one is warned).
        modules: as many `torch.nn.Module`s, in the same order.
        leading: how many values to take from products; all from the matrix without.
        rightmost: whether to take those with the largest real part.
        leftmost: whether to take those with the smallest.

    Returns:
        The spectrum of a field, smallest real part first.
    """
    field = _Field(losses, modules)
    v, multiply = field.products()
    norms = np.array([np.linalg.norm(block) for block in np.split(v, field.ends)])
    movement = float(np.linalg.norm(v))
    part = next((p for p, *asked in PARTS if asked == [rightmost, leftmost]), None)
    if part is None or (leading is None and part != "largest"):
        given = {"leading": leading, "rightmost": rightmost, "leftmost": leftmost}
        allowed = "at most one of the two, with leading=k"
        raise refuse("rightmost, leftmost", given, allowed, "A dense spectrum has them all.")
    field.demand_joined(multiply)
    about: dict[str, Any] = {"of": "field", "size": v.size, "movement": movement, "norms": norms}
    about["precision"] = precision = field.precision
    if leading is None:
        matrix = np.stack([multiply(row) for row in np.eye(v.size)])
        values, about["matrix"] = np.linalg.eigvals(matrix).astype(complex), matrix
        stretch = float(np.linalg.norm(matrix)) / v.size**0.5
    else:
        count = demand_leading(leading, v.size)
        values, residuals = leading_values(multiply, v.size, count, part, precision)
        order = ordered(values, "field")
        about |= {"part": part, "residuals": residuals[order]}
        probe = np.random.default_rng(1).standard_normal(v.size)
        stretch = float(np.linalg.norm(multiply(probe)) / np.linalg.norm(probe))
    room = (precision**0.5 * stretch + 10 * precision) * (1 + field.length)
    return Spectrum(values[ordered(values, "field")], at_equilibrium=movement <= room, **about)


class _Field:
    """The modules' parameters as one vector, and the gradients by it."""

    def __init__(self, losses: Sequence[Callable[[], Any]], modules: Sequence[Any]):
        self.torch = torch = _imported()
        _demand(torch, losses, modules)
        self.losses = tuple(losses)

        class Together(torch.nn.Module):  # type: ignore[name-defined]
            """All players, so that a loss is called with the parameters of all put in."""

            def __init__(self) -> None:
                super().__init__()
                self.players = torch.nn.ModuleList(modules)

            def forward(self, loss: Callable[[], Any]) -> Any:
                return loss()

        self.whole = Together()
        named = [
            {f"players.{i}.{n}": p for n, p in module.named_parameters() if p.requires_grad}
            for i, module in enumerate(modules)
        ]
        self.names = [list(own) for own in named]
        self.parameters = [p.detach() for own in named for p in own.values()]
        self._demand_alike(named)
        sizes = [sum(p.numel() for p in own.values()) for own in named]
        self.ends = np.cumsum(sizes)[:-1]
        flat = torch.cat([p.reshape(-1) for p in self.parameters])
        self.length = float(torch.linalg.vector_norm(flat))
        self.precision = float(torch.finfo(flat.dtype).eps)

    def products(self) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
        """v, and c -> J^T c."""
        torch = self.torch
        v, pull = torch.func.vjp(self._field, *self.parameters)

        def multiply(c: np.ndarray) -> np.ndarray:
            covector = torch.as_tensor(np.ravel(c), dtype=v.dtype, device=v.device)
            pulled = pull(covector, retain_graph=True)
            return torch.cat([part.reshape(-1) for part in pulled]).double().cpu().numpy()

        return v.detach().double().cpu().numpy(), multiply

    def _field(self, *parameters: Any) -> Any:
        given, blocks, first = self._put(parameters), [], 0
        for names, loss in zip(self.names, self.losses, strict=True):
            own = parameters[first : first + len(names)]
            first += len(names)

            def of_own(own: tuple[Any, ...], names: list[str] = names, loss: Any = loss) -> Any:
                put = given | dict(zip(names, own, strict=True))
                return self._scalar(self.torch.func.functional_call(self.whole, put, (loss,)))

            gradients = self.torch.func.grad(of_own)(own)
            blocks += [g.reshape(-1) for g in gradients]
        return self.torch.cat(blocks)

    def _put(self, parameters: tuple[Any, ...]) -> dict[str, Any]:
        names = [name for own in self.names for name in own]
        return dict(zip(names, parameters, strict=True))

    def _scalar(self, loss: Any) -> Any:
        if not isinstance(loss, self.torch.Tensor) or loss.ndim:
            shape = tuple(loss.shape) if isinstance(loss, self.torch.Tensor) else loss
            given = f"functions that give {shape}"
            raise refuse("losses", given, "functions that give a scalar", "Take the mean.")
        return loss

    def demand_joined(self, multiply: Callable[[np.ndarray], np.ndarray]) -> None:
        """Whether each player's gradient knows of another's parameters."""
        size = sum(p.numel() for p in self.parameters)
        bounds = [0, *map(int, self.ends), size]
        random = np.random.default_rng(2).standard_normal(size)
        for i, (low, high) in enumerate(itertools.pairwise(bounds)):
            inside = (np.arange(size) >= low) & (np.arange(size) < high)
            if not np.any(multiply(np.where(inside, random, 0.0))[~inside]):
                warnings.warn(
                    f"losses[{i}] has a gradient that no other module's parameters change. Is "
                    "something detached or under no_grad in it? Then the players' coupling, and "
                    "with it all rotation, is missing from this spectrum.",
                    stacklevel=3,
                )

    def _demand_alike(self, named: list[dict[str, Any]]) -> None:
        flat = [p for own in named for p in own.values()]
        if len({id(p) for p in flat}) < len(flat):
            raise refuse("modules", "modules that share a parameter", "modules of their own")
        if not all(named):
            allowed = "modules with parameters that require a gradient"
            raise refuse(f"modules[{named.index({})}]", "one without any", allowed)
        kinds = {(p.dtype, str(p.device)) for p in flat}
        if len(kinds) > 1 or not all(p.dtype.is_floating_point for p in flat):
            shown = ", ".join(sorted(f"{dtype} on {device}" for dtype, device in kinds))
            raise refuse("modules", f"of {shown}", "of one floating type on one device")


def _demand(torch: Any, losses: object, modules: object) -> None:
    for name, given in (("losses", losses), ("modules", modules)):
        if not isinstance(given, tuple | list) or not given:
            raise refuse(name, given, "a tuple with one for each player")
    for i, module in enumerate(modules):  # type: ignore[arg-type, var-annotated]  # it is a list
        if not isinstance(module, torch.nn.Module):
            raise refuse(f"modules[{i}]", module, "a torch.nn.Module")
    for i, loss in enumerate(losses):  # type: ignore[arg-type, var-annotated]
        demand_function(loss, f"losses[{i}]", "one without arguments, giving a scalar")
    if len(losses) != len(modules):  # type: ignore[arg-type]
        given, allowed = f"{len(losses)} functions", f"{len(modules)}, one a module"  # type: ignore[arg-type]
        raise refuse("losses", given, allowed)


def _imported() -> Any:
    try:
        import torch
    except ImportError as error:
        said = "minimax_lab.torch needs PyTorch, which is not installed: pip install torch."
        raise InputError(said) from error
    return torch
