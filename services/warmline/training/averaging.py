"""The mean of networks that were tuned from the same start: they lie close enough for their weights to be averaged.

After Wortsman et al., "Model soups", ICML 2022.
"""

from collections.abc import Mapping, Sequence

import torch

State = Mapping[str, torch.Tensor]
"""A network's weights by name."""


def copied(state: State) -> dict[str, torch.Tensor]:
    """Return weights that stay what they are while the network is taught on."""
    return {name: tensor.detach().clone() for name, tensor in state.items()}


def mean_of(states: Sequence[State]) -> dict[str, torch.Tensor]:
    """Return the mean of some networks' weights; what is not a fraction (counts, places) is the first one's."""
    return {
        name: torch.stack([state[name] for state in states]).mean(dim=0) if first.is_floating_point() else first
        for name, first in states[0].items()
    }
