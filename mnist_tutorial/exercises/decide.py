"""Decide: a claim, its reason, and how sure."""

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, ClassVar

from mnist_tutorial.exercises.exercise import Exercise, Mistake
from mnist_tutorial.exercises.plain import not_per_cent, plain, short
from mnist_tutorial.exercises.verdict import Verdict


@dataclass(frozen=True, repr=False)
class Decide(Exercise):
    """One claim of several, and one reason.

    A mistake's `when` is a pair (claim, reason) such as ("A", 2); None stands for any.
    A pair that is listed itself goes before one with None.

    Attributes:
        claims: answered by their letter, A, B, C …
        reasons: answered by their number, from 1.
        right: the claim that holds and its reason.
    """

    claims: tuple[str, ...]
    reasons: tuple[str, ...]
    right: tuple[str, int]

    kind: ClassVar[str] = "decide"

    def judge(self, claim: Any = ..., because: Any = ..., sure: Any = None) -> Verdict:
        """What a wrong pair reveals."""
        if claim is ... or because is ...:
            missing = "" if claim is because else "A claim needs its reason: because=. "
            return Verdict("nothing yet", f"Nothing yet. {missing}{self.options()}")
        because, sure = plain(because), plain(sure)
        letter = claim.strip().upper() if isinstance(claim, str) else ""
        letters = list(ascii_uppercase[: len(self.claims)])
        if letter not in letters:
            text = f"The claims are A to {letters[-1]}; you said {short(claim)}."
            return Verdict("not yet", text)
        numbers = range(1, len(self.reasons) + 1)
        if type(because) is not int or because not in numbers:
            text = (
                f"The reasons are the numbers 1 to {len(self.reasons)}, without "
                f"quotes; you said {short(because)}."
            )
            return Verdict("not yet", text)
        sure = None if sure is ... else sure
        if sure is not None and (refusal := not_per_cent(sure)):
            return Verdict("not yet", refusal)
        if (letter, because) == self.right:
            return Verdict("right", f"Right: {self.said(*self.right)}", sure=sure)
        mistake = self.mistake(letter, because)
        text = f"Not yet. {mistake.sentence}\n\n{self.options()}"
        return Verdict("not yet", text, (mistake.key,), sure=sure)

    def usage(self) -> str:
        return (
            "An answer is a claim, its reason and how sure you are: "
            f'ex.{self.key}("A", because=1, sure=70).'
        )

    def mistake(self, claim: str, because: int) -> Mistake:
        """What stands behind a wrong pair."""
        by_pair = {mistake.when: mistake for mistake in self.mistakes}
        for pair in ((claim, because), (claim, None), (None, because)):
            if pair in by_pair:
                return by_pair[pair]
        raise ValueError(f"{self.key}: nothing is said about {claim}, {because}.")

    def said(self, claim: str, because: int) -> str:
        return (
            f"{self.claims[ascii_uppercase.index(claim)]}, "
            f"because {self.reasons[because - 1]}."
        )

    def worked(self) -> str:
        claim, because = self.right
        return (
            f'{self.said(*self.right)}\n\nex.{self.key}("{claim}", because={because})'
        )

    def options(self) -> str:
        """All claims and reasons, and how to answer."""
        lines = ["Which claim holds?", ""]
        lines += [
            f"  {a}  {text}"
            for a, text in zip(ascii_uppercase, self.claims, strict=False)
        ]
        lines += ["", "Because", ""]
        lines += [f"  {n}  {text}" for n, text in enumerate(self.reasons, 1)]
        lines += [
            "",
            "Answer with a letter, a number, and how sure you are in per cent: "
            f'ex.{self.key}("A", because=1, sure=70).',
        ]
        return "\n".join(lines)

    def page(self) -> dict[str, Any]:
        letters = ascii_uppercase[: len(self.claims)]
        pairs = [(a, n) for a in letters for n in range(1, len(self.reasons) + 1)]
        return super().page() | {
            "claims": list(self.claims),
            "reasons": list(self.reasons),
            "right": list(self.right),
            "diagnoses": [
                [a, n, self.mistake(a, n).sentence]
                for a, n in pairs
                if (a, n) != self.right
            ],
        }
