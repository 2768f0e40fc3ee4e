"""Numbers for cases: whole ones for hand and head, and fractions."""

import torch
from torch import Tensor


def fractions(*shape: int, seed: int = 0) -> Tensor:
    """Numbers around 0, the same for the same seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def whole(*shape: int, seed: int = 0, low: int = 0, high: int = 9) -> Tensor:
    """Whole numbers from `low` to `high`, as float32."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(low, high + 1, shape, generator=generator).float()


def classes(n: int, of: int, seed: int = 0) -> Tensor:
    """n labels (int64), drawn from 0 to of − 1."""
    return torch.randint(of, (n,), generator=torch.Generator().manual_seed(seed))
