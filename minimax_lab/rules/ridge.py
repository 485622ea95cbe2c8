"""Walking along the ridge on which the followers' field vanishes."""

from __future__ import annotations

import jax
import lineax as lx

from ..checks import refuse
from ..directions.base import Cost, Rest, Tick
from ..game import Game
from ..profile import Profile
from ..settings import Key, count, declared, per_player
from .base import State, Step, UpdateRule, step_size


def _solver(given: object, name: str) -> object:
    """The solver, which only lineax can tell: bare objects are what JAX puts in place of leaves."""
    if isinstance(given, str | int | float | tuple) or given is None:
        raise refuse(name, given, "a solver of lineax, such as lineax.GMRES()")
    return given


class FollowTheRidge(UpdateRule):
    """x_l' = x_l - s_l v_l,   x_f' = x_f - s_f v_f + s_l H^{-1} (d v_f / d x_l) v_l, where H is
    d v_f / d x_f.      Wang, Zhang, Ba 2020.

    The correction moves the followers with the leader so that their field v_f stays zero to first
    order (least squares where H is singular, so no correction on a bilinear game). One linear solve
    in the followers' size an update, by any `solver` of lineax. A network's H has eigenvalues near
    zero, where an exact solution is far too large: give it a few conjugate gradients on the normal
    equations, `lineax.Normal(lineax.CG(rtol=1e-2, atol=1e-2, max_steps=5))`.

    Examples:
        >>> import minimax_lab as mm
        >>> game = mm.games.quadratic(-3.0, 2.0, 1.0)  # the follower's field vanishes where y = 2x
        >>> for rule in (mm.FollowTheRidge(0.25), mm.Simultaneous(0.25)):
        ...     run = mm.run(game, rule, (1.0, 2.0), 100, observe={"at": mm.position})
        ...     print(*(f"{numbers[1]:.2f}" for numbers in run.observed["at"]), run.verdict.kind)
        0.75 1.50 converged
        0.75 2.00 diverged
    """

    step: Step = step_size()
    leader: int = count(0, least=0, kw_only=True)
    solver: lx.AbstractLinearSolver = declared(
        _solver, lx.AutoLinearSolver(well_posed=False), kw_only=True
    )

    unsymbolic = "solves a linear system of numbers"

    def init(self, game: Game, x: Profile, key: Key) -> State:
        if self.leader >= len(x):
            raise refuse(
                "FollowTheRidge.leader", self.leader, f"one of the players 0..{len(x) - 1}"
            )
        return None

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        sample = game.sample(tick.key)
        v, push = jax.linearize(lambda x: game.field(x, sample), x)
        rest = 0 * x
        leading = push(rest.replace(self.leader, v[self.leader]))

        def followers(turn: Profile) -> Profile:
            """H on the followers, the identity on the leader, so that the system has the shape of a
            profile.
            """
            return push(turn.replace(self.leader, rest[self.leader])).replace(
                self.leader, turn[self.leader]
            )

        operator = lx.FunctionLinearOperator(followers, jax.eval_shape(lambda: x))
        target = leading.replace(self.leader, rest[self.leader])
        correction = lx.linear_solve(operator, target, self.solver, throw=False).value
        steps = per_player(self.step, "FollowTheRidge.step", len(x))
        return game.project(x - steps * v + steps[self.leader] * correction), state

    def cost(self, players: int) -> Cost:
        return Cost(gradients=players, products=1, solves=1)

    @property
    def rest(self) -> Rest:
        return Rest()
