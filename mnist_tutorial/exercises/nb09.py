"""Exercises and predictions of 09 Applications."""

import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_tutorial.exercises.cases import Case
from mnist_tutorial.exercises.compute import Compute, Numbers
from mnist_tutorial.exercises.decide import Decide
from mnist_tutorial.exercises.exercise import JUDGEMENT, Mistake
from mnist_tutorial.exercises.numbers import classes, fractions, whole
from mnist_tutorial.exercises.plain import shown
from mnist_tutorial.exercises.predict import Predict
from mnist_tutorial.exercises.repair import Repair
from mnist_tutorial.exercises.write import Write

PREPARING = (
    "prepare a drawing as the training digits were, and say what each step is worth"
)
FALLING = (
    "measure how a classifier falls as its input moves, turns, blurs or is attacked"
)
ABSTAINING = "let it abstain, and say what its promise covers"
EXPORTING = "export a network with its normalisation inside, and check the file"
CARD_OF = "fill in a model card from measurements"


# --- Where the threshold lies


def _costs(
    confidence: Tensor,
    right: Tensor,
    price: float,
    *,
    kept: str = "from it on",
    counted: str = "wrong ones kept",
    handed: str = "handed over",
    free: bool = False,
    order: str = "as given",
    joined: str = "sum",
) -> Tensor:
    """What each confidence costs as the threshold; each keyword is a mistake."""
    if order == "falling":
        falling = confidence.argsort(descending=True)
        confidence, right = confidence[falling], right[falling]
    keep = confidence >= confidence[:, None]  # (thresholds, readings)
    if kept == "above it":
        keep = confidence > confidence[:, None]
    errors = {
        "wrong ones kept": (~right & keep).sum(1),
        "right ones kept": (right & keep).sum(1),
        "all wrong ones": (~right).sum().expand(len(right)),
        "share of the kept": (~right & keep).sum(1) / keep.sum(1).clamp(min=1),
    }[counted]
    other = keep if handed == "kept" else ~keep
    costs = (1 if free else price) * errors + other.sum(1)
    return costs / len(right) if joined == "mean" else costs


def _readings(confidence: Tensor, wrong: tuple[int, ...], price: float, *tags) -> Case:
    right = torch.ones(len(confidence), dtype=torch.bool)
    right[list(wrong)] = False
    return Case({"confidence": confidence, "right": right, "price": price}, tags)


THRESHOLD = Write(
    key="threshold",
    task=(
        "A digit that is handed over to a person costs 1, a wrong reading that is kept "
        "costs `price`. For each of the given confidences: what would it cost to keep "
        "the readings from it on, all together? (The smallest of these costs is where "
        "your threshold lies.)"
    ),
    level=2,
    minutes=8,
    practises=ABSTAINING,
    oracle="the bill of each threshold",
    reference=_costs,
    cases=(
        _readings(torch.tensor([60.0, 95, 40, 80, 99]), (0, 2), 3.0),
        _readings(
            torch.tensor([91.0, 52, 99, 70, 64, 88, 97, 76]), (1, 3, 7), 2.5, "a price"
        ),
        _readings(
            (10 * fractions(12, seed=3) + 80).clamp(max=99),
            (2, 5, 8, 11),
            4.0,
            "fractions",
        ),
    ),
    mistakes=(
        Mistake(
            "above it",
            {"kept": "above it"},
            "Your threshold keeps what lies *above* it. The digit that has just this "
            "confidence is kept, too: >=.",
            "speechbrain/speechbrain pull request 1464, > beside >=",
        ),
        Mistake(
            "right ones",
            {"counted": "right ones kept"},
            "The price is paid for right readings. It belongs to the wrong ones.",
            "koaning/doubtlab pull request 22, a threshold the other way around",
        ),
        Mistake(
            "all wrong ones",
            {"counted": "all wrong ones"},
            "Every wrong reading is charged, also one that is handed over: a person "
            "reads that one.",
            JUDGEMENT,
        ),
        Mistake(
            "shares",
            {"counted": "share of the kept"},
            "The errors are a share here, and the handed over digits a number. Count "
            "both.",
            "demisto/content pull request 6825, precision in place of cost",
        ),
        Mistake(
            "kept",
            {"handed": "kept"},
            "The 1 is charged for readings that are kept. It is the price of handing "
            "over.",
            "roboflow/inference pull request 1746, a wrong condition",
        ),
        Mistake(
            "no price",
            {"free": True},
            "A wrong reading costs as much as a digit that is handed over. It costs "
            "`price`.",
            "rrenaud/Gibberish-Detector issue 15, a threshold without a trade-off",
        ),
        Mistake(
            "falling",
            {"order": "falling"},
            "The costs stand in the order of falling confidences. Give them in the "
            "order of the given ones.",
            "huggingface/sentence-transformers issue 1135, thresholds after sorting",
        ),
        Mistake(
            "mean",
            {"joined": "mean"},
            "This is the cost of one digit. The sum over all is wanted.",
            "mozilla/fathom pull request 277, shares in place of counts",
        ),
    ),
    hints=(
        "For one threshold: which readings are kept, and which of them are wrong?",
        "Its cost is price · (wrong and kept) + (not kept). Try every confidence.",
        "keep = confidence >= t, then (~right & keep).sum() and (~keep).sum().",
    ),
    answer="""
def my_costs(confidence, right, price):
    costs = []
    for candidate in confidence:
        keep = confidence >= candidate
        costs.append(price * (~right & keep).sum() + (~keep).sum())
    return torch.stack(costs)
""".strip(),
)


# --- Many small steps


def _pgd(
    weight: Tensor,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    steps: int,
    *,
    way: float = 1.0,
    size: str = "sign",
    asked: str = "the moved image",
    bound: str = "the image",
    grey: bool = True,
    once: bool = False,
    against: str = "the labels",
) -> Tensor:
    """An attack on ten sums, `images @ weight.T`; each keyword is a mistake."""
    if against == "its readings":
        labels = (images @ weight.T).argmax(1)
    moved = images
    for _ in range(1 if once else steps):
        at = images if asked == "the image" else moved
        probs = (at @ weight.T).softmax(1)
        slope = (probs - F.one_hot(labels, len(weight))) @ weight
        before = moved
        step = slope.sign() if size == "sign" else slope
        moved = moved + way * epsilon / 4 * step
        if bound == "the image":
            moved = images + (moved - images).clamp(-epsilon, epsilon)
        elif bound == "the last step":
            moved = before + (moved - before).clamp(-epsilon, epsilon)
        elif bound == "the total":
            moved = moved.clamp(-epsilon, epsilon)
        moved = moved.clamp(0, 1) if grey else moved
    return moved


def _attacked(
    n: int, pixels: int, of: int, seed: int, *tags: str, **named: Any
) -> Case:
    numbers = {
        "weight": 3 * fractions(of, pixels, seed=seed),
        "images": fractions(n, pixels, seed=seed + 1).abs().clamp(max=1),
        "labels": classes(n, of, seed=seed + 2),
        "epsilon": 0.25,
        "steps": 7,
    }
    return Case(numbers | named, tags)


PGD = Write(
    key="pgd",
    task=(
        "Projected gradient descent against a linear classifier: `logits = images @ "
        "weight.T`, images (N, D) from 0 to 1. Take `steps` steps of `epsilon / 4`, "
        "each by the sign of the slope of the cross-entropy, and stay within `epsilon` "
        "of the image and within the grey levels."
    ),
    level=3,
    minutes=12,
    practises=FALLING,
    oracle="the attack with the slope worked out by hand",
    reference=_pgd,
    cases=(
        Case(
            {
                "weight": torch.tensor([[2.0, -3, 1], [-1, 2, 0], [0, 1, -2]]),
                "images": torch.tensor([[0.0, 1, 1]]),
                "labels": torch.tensor([0]),
                "epsilon": 0.25,
                "steps": 1,
            }
        ),
        _attacked(2, 4, 3, 0, "many steps", epsilon=0.5, steps=7),
        _attacked(6, 8, 5, 2, "many steps", "a misread image", epsilon=0.3, steps=12),
    ),
    mistakes=(
        Mistake(
            "downhill",
            {"way": -1.0},
            "Each step goes to where the loss falls: the network becomes surer. An "
            "attack goes uphill: plus.",
            "Harry24k/adversarial-attacks-pytorch issue 14, plus or minus",
        ),
        Mistake(
            "no sign",
            {"size": "slope"},
            "The step is the slope itself, so its size depends on the loss. Take its "
            "sign.",
            "xuanqing94/BayesianDefense issue 8, the scale of the gradient as step",
        ),
        Mistake(
            "one slope",
            {"asked": "the image"},
            "The slope is always asked at the image. Ask it anew at each step, where "
            "you stand: that is what the many steps are for.",
            JUDGEMENT,
        ),
        Mistake(
            "no bound",
            {"bound": "none"},
            "The steps add up to more than epsilon. Clamp the *whole* change, moved "
            "minus images.",
            "val-iisc/GAMA-GAT issue 6, no projection between steps",
        ),
        Mistake(
            "bound to the total",
            {"bound": "the total"},
            "You clamp the image to ± epsilon, and so most of it is gone. Clamp the "
            "change, moved minus images, and add it to the images.",
            "Harry24k/adversarial-attacks-pytorch issue 37, what epsilon bounds",
        ),
        Mistake(
            "beyond grey",
            {"grey": False},
            "Some pixels are darker than black or brighter than white: such an image "
            "cannot be sent. Clamp to 0 and 1, too.",
            "Trusted-AI/adversarial-robustness-toolbox issue 148",
        ),
        Mistake(
            "one step",
            {"once": True},
            "This is one step. Repeat it.",
            "val-iisc/GAMA-GAT issue 6, steps=1",
        ),
        Mistake(
            "its readings",
            {"against": "its readings"},
            "The loss is that of the network's own reading. Where that is wrong, the "
            "attack mends it: use the labels.",
            "cleverhans-lab/cleverhans pull request 50, true labels for predictions",
        ),
    ),
    hints=(
        "One step is FGSM. What must be true of the result after each?",
        "Clone moved, requires_grad_(), the loss with reduction='sum', autograd.grad.",
        "After the step: images + (moved - images).clamp(-epsilon, epsilon), then "
        "clamp(0, 1).",
    ),
    answer="""
def my_pgd(weight, images, labels, epsilon, steps):
    moved = images
    for _ in range(steps):
        pixels = moved.clone().requires_grad_()
        loss = F.cross_entropy(pixels @ weight.T, labels, reduction="sum")
        (slope,) = torch.autograd.grad(loss, pixels)
        moved = moved + epsilon / 4 * slope.sign()
        moved = images + (moved - images).clamp(-epsilon, epsilon)
        moved = moved.clamp(0, 1)
    return moved
""".strip(),
)


# --- A file without its scale


def _from_pixels(
    pixels: Tensor,
    weight: Tensor,
    bias: Tensor,
    mean: float,
    std: float,
    *,
    scaled: str = "255",
    centred: str = "minus",
    spread: str = "over",
    biased: bool = True,
) -> Tensor:
    """The logits for grey levels; each keyword is a mistake."""
    grey = {
        "255": pixels / 255,
        "not": pixels,
        "largest": pixels / pixels.max(),
        "each": pixels / pixels.amax(1, keepdim=True),
        "256": pixels / 256,
        "cut": pixels // 255,
    }[scaled]
    grey = {"minus": grey - mean, "plus": grey + mean, "not": grey}[centred]
    grey = {"over": grey / std, "times": grey * std, "not": grey}[spread]
    return grey @ weight.T + bias if biased else grey @ weight.T


def _file(pixels: Tensor, *tags: str, K: int) -> Case:
    D = pixels.shape[1]
    numbers = fractions if tags else whole
    weight, bias = numbers(K, D, seed=K), numbers(K, seed=K + 1)
    layer = {"pixels": pixels, "weight": weight, "bias": bias}
    return Case({**layer, "mean": 0.2, "std": 0.25}, tags)


EXPORTED = Repair(
    key="exported",
    task=(
        "A file takes grey levels 0 to 255, and the network in it has learned from "
        "normalised ones: `mean` and `std` are of values 0 to 1. Its accuracy is fine, "
        "and its logits are far too large. Mend it, and change as little as you can."
    ),
    level=2,
    minutes=5,
    practises=EXPORTING,
    oracle="the network on normalised images",
    reference=_from_pixels,
    given='''
def file_logits(pixels, weight, bias, mean, std):
    """Grey levels (N, D), 0 to 255, to logits (N, K)."""
    grey = pixels.float()
    normalised = (grey - mean) / std
    return normalised @ weight.T + bias
'''.strip(),
    lines=1,
    cases=(
        _file(torch.tensor([[0.0, 51, 102], [204, 51, 0]]), K=2),
        _file(whole(5, 4, seed=4, high=255), "fractions", K=3),
    ),
    mistakes=(
        Mistake(
            "not scaled",
            {"scaled": "not"},
            "The grey levels still go up to 255, and mean and std are of values 0 to "
            "1: divide by 255 first.",
            "deepinsight/insightface issue 2508, not normalised to 0-1",
        ),
        Mistake(
            "by the largest",
            {"scaled": "largest"},
            "You divide by the brightest pixel of the batch, so an image's logits "
            "depend on its neighbours. Divide by 255.",
            "onnx/models issue 265, each program scales in its own way",
        ),
        Mistake(
            "by its own",
            {"scaled": "each"},
            "You divide each image by its own brightest pixel. In training all were "
            "divided by 255.",
            "PaddlePaddle/Paddle2ONNX issue 666, another range of inputs",
        ),
        Mistake(
            "256",
            {"scaled": "256"},
            "White is 255, so white would not be 1. Divide by 255.",
            "Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB issue 50, which range?",
        ),
        Mistake(
            "cut",
            {"scaled": "cut"},
            "// cuts off the decimals: all but white becomes 0. Use /.",
            JUDGEMENT,
        ),
        Mistake(
            "mean left out",
            {"centred": "not"},
            "The mean is not subtracted any more. It was in order.",
            "open-mmlab/mmdetection issue 8255, is the mean still to be subtracted?",
        ),
        Mistake(
            "mean added",
            {"centred": "plus"},
            "The mean is added. It was in order: minus.",
            "deepinsight/insightface issue 2508, (batch - mean) / std",
        ),
        Mistake(
            "std left out",
            {"spread": "not"},
            "The division by std is gone. It was in order.",
            "onnx/onnx issue 1440, forgotten to normalise",
        ),
        Mistake(
            "std multiplied",
            {"spread": "times"},
            "You multiply by std. It was in order: divide.",
            "Tencent/ncnn issue 1472, mean and std of another file",
        ),
        Mistake(
            "bias left out",
            {"biased": False},
            "The bias is gone. It was in order.",
            "onnx/onnx issue 1440, results that do not agree",
        ),
    ),
    hints=(
        "How large is a white pixel when the mean is subtracted, and how large was it "
        "in training?",
        "mean and std belong to values from 0 to 1.",
        "grey = pixels.float() / 255",
    ),
    answer='''
def file_logits(pixels, weight, bias, mean, std):
    """Grey levels (N, D), 0 to 255, to logits (N, K)."""
    grey = pixels.float() / 255
    normalised = (grey - mean) / std
    return normalised @ weight.T + bias
'''.strip(),
)


# --- Where the digit goes


def _corner(
    height: int,
    width: int,
    row: float,
    column: float,
    *,
    middle: float = 14.5,
    mass: bool = True,
    cut: bool = False,
    swapped: bool = False,
    forgotten: bool = False,
    added: bool = False,
) -> tuple[int, int]:
    """Row and column of the corner in the frame; each keyword is a mistake."""
    places = (row, column) if mass else (height / 2, width / 2)
    way = 1 if added else -1
    top, left = (middle + way * place if not forgotten else place for place in places)
    corner = [int(v) if cut else int(v + 0.5) for v in (top, left)]
    return (corner[1], corner[0]) if swapped else (corner[0], corner[1])


def _boxed(rng: random.Random) -> Numbers:
    height, width = 20, rng.randint(8, 18)
    row, column = rng.uniform(7, 13), rng.uniform(0.3, 0.7) * width
    return {
        "height": height,
        "width": width,
        "row": round(row, 1),
        "column": round(column, 1),
    }


def _corner_worked(height: int, width: int, row: float, column: float) -> str:
    top, left = _corner(height, width, row, column)
    return (
        f"How large the digit is ({height} × {width}) does not matter.\n"
        f"14.5 − {row} = {14.5 - row:.1f}, rounded {top}.\n"
        f"14.5 − {column} = {14.5 - column:.1f}, rounded {left}: {(top, left)}."
    )


CORNER = Compute(
    key="corner",
    task=(
        "A digit of {height} × {width} pixels has its centre of mass {row} pixels "
        "below its top edge and {column} right of its left edge. At which row and "
        "column of the 28 × 28 frame does its corner go? Answer with a pair "
        "(row, column)."
    ),
    level=1,
    minutes=4,
    practises=PREPARING,
    reference=_corner,
    numbers={"height": 20, "width": 14, "row": 11.2, "column": 5.8},
    draw=_boxed,
    working=_corner_worked,
    mistakes=(
        Mistake(
            "box",
            {"mass": False, "middle": 14.0},
            "That centres the box. The mass goes into the middle, and it lies "
            "elsewhere.",
            "MIC-DKFZ/medicaldetectiontoolkit issue 46, the centre of a box",
        ),
        Mistake(
            "cut",
            {"cut": True},
            "You cut off the decimals. Round to the nearest pixel.",
            "nitishsrivastava/deepnet issue 62, how far a shift goes",
        ),
        Mistake(
            "swapped",
            {"swapped": True},
            "Row and column have changed places: the row comes first.",
            "PaddlePaddle/Paddle2ONNX issue 666, x and y swapped",
        ),
        Mistake(
            "the centre itself",
            {"forgotten": True},
            "This is where the mass lies in the digit. Where must the corner be, so "
            "that the mass comes to 14.5?",
            "MIC-DKFZ/medicaldetectiontoolkit issue 46, a width for a centre",
        ),
        Mistake(
            "added",
            {"added": True},
            "The corner lies above and left of the mass, so subtract.",
            "MIC-DKFZ/medicaldetectiontoolkit issue 46, minus for plus",
        ),
        Mistake(
            "from 13.5",
            {"middle": 13.5},
            "In MNIST the mass lies in the middle of pixel 14, which is 14.5 from the "
            "edge: pixel 14 reaches from 14 to 15.",
            "AOtools/aotools issue 38, a centroid off by half a pixel",
        ),
    ),
    hints=(
        "Where in the frame must the centre of mass be?",
        "In the middle of pixel 14, at 14.5 from the top and from the left.",
        "Subtract the mass from 14.5 in both directions, and round.",
    ),
    answer="(3, 9)",
)


# --- A card that promises too much

# The lines of a card by name: the faulty ones first.
_CARD = {
    "best of many": "Accuracy: 99.5 % on the test set, the best of 20 trainings.",
    "own half": (
        "Abstains: the readings kept are 99.9 % right, on the digits that chose the "
        "threshold."
    ),
    "one attack": "Attackers: safe up to ε = 0.1, tested with FGSM.",
    "six drawings": "Children: reads their digits, too (6 of 6).",
    "letters": "Letters: are rejected, because their confidence is low (not measured).",
    "origin": "Learned from: 55,000 digits of MNIST, written in the USA before 1995.",
    "moved": "Moved up by 4 pixels: 270 of 400 test digits are right.",
    "unknown": "Photographs of house numbers: nobody has measured them.",
}
_FAULTY = ("best of many", "own half", "one attack", "six drawings", "letters")


def _card(order: list[str]) -> str:
    return "\n".join(f"{k}. {_CARD[name]}" for k, name in enumerate(order, 1))


def _claims_too_much(card: str, *, missed: str = "", doubted: str = "") -> frozenset:
    """The numbers of the faulty lines; each keyword is a mistake."""
    faulty = (set(_FAULTY) | {doubted}) - {missed, ""}
    lines = card.split("\n")
    return frozenset(
        k for k, line in enumerate(lines, 1) for n in faulty if line.endswith(_CARD[n])
    )


def _shuffled(rng: random.Random) -> Numbers:
    return {"card": _card(rng.sample(list(_CARD), len(_CARD)))}


def _card_worked(card: str) -> str:
    return (
        f"{card}\n"
        "The best of 20 has been chosen by the test set. The threshold's own digits "
        "keep any promise. One weak attack says how far it falls at least, not how far "
        "it can be made to fall. 6 of 6 has an interval from 61 to 100 %. What nobody "
        "has measured does not belong on the card as a fact. The lines "
        f"{shown(_claims_too_much(card))} promise too much."
    )


BAD_CARD = Compute(
    key="bad_card",
    task=(
        "Review this model card. Which lines promise more than was measured? Answer "
        "with a set of numbers, such as {{1, 2}}.\n\n{card}"
    ),
    level=2,
    minutes=6,
    practises=CARD_OF,
    reference=_claims_too_much,
    numbers={
        "card": _card(
            [
                "origin",
                "best of many",
                "own half",
                "moved",
                "one attack",
                "unknown",
                "six drawings",
                "letters",
            ]
        )
    },
    draw=_shuffled,
    working=_card_worked,
    mistakes=(
        Mistake(
            "best of many",
            {"missed": "best of many"},
            "One is missing: which number was chosen by the images that it is "
            "reported on?",
            "antonior92/automatic-ecg-diagnosis issue 9, chosen and reported alike",
        ),
        Mistake(
            "own half",
            {"missed": "own half"},
            "One is missing: where was the promise about the kept readings measured?",
            "mini-pw/2021L-WUM pull request 403, a threshold chosen on the test set",
        ),
        Mistake(
            "one attack",
            {"missed": "one attack"},
            "One is missing: an attack that fails shows that *this* attack fails.",
            "Athalye, Carlini, Wagner, ICML 2018, obfuscated gradients",
        ),
        Mistake(
            "six drawings",
            {"missed": "six drawings"},
            "One is missing: how far does the interval of one of these shares reach?",
            "codedex-io/ai-101 pull request 1, a tiny test set",
        ),
        Mistake(
            "letters",
            {"missed": "letters"},
            "One is missing: look for a sentence that no number stands behind.",
            "ai.stackexchange.com question 17721, 100 % sure of what is no digit",
        ),
        Mistake(
            "origin",
            {"doubted": "origin"},
            "Where the digits come from is a fact about the data, and it promises "
            "nothing. One line is too many.",
            "Mitchell et al., FAT* 2019, the section on training data",
        ),
        Mistake(
            "moved",
            {"doubted": "moved"},
            "270 of 400 is a count of what was measured, and a bad result. One line is "
            "too many.",
            "Mitchell et al., FAT* 2019, results by factor",
        ),
        Mistake(
            "unknown",
            {"doubted": "unknown"},
            "A card may say what is not known; that promises nothing. One line is too "
            "many.",
            "Mitchell et al., FAT* 2019, caveats",
        ),
    ),
    hints=(
        "For each line: by which images was it chosen, and on which measured?",
        "How many images, and against which attack?",
        "Five lines promise too much; three say what was measured or what is unknown.",
    ),
    answer="{2, 3, 5, 7, 8}",
)


# --- Sure of a letter

STRANGER = Decide(
    key="stranger",
    task=(
        "The network reads a letter K as a 4, with a confidence of 99 %. What follows, "
        "and why?"
    ),
    level=2,
    minutes=4,
    practises=ABSTAINING,
    claims=(
        "of 100 such images, 99 are a 4",
        "of the ten digits it likes the 4 best, whatever the image is",
        "a confidence below 50 % would have shown that it is no digit",
        "the network was trained badly",
    ),
    reasons=(
        "the ten probabilities add up to 1, so they compare digits with digits",
        "the confidence agreed with the accuracy on validation digits",
        "a temperature or a longer training would mend it",
        "its accuracy on the test digits is above 99 %",
    ),
    right=("B", 1),
    mistakes=(
        Mistake(
            "calibrated",
            ("A", 2),
            "It agreed on *digits*. Among letters K, none is a 4.",
            "Guo et al., ICML 2017, calibration is of one distribution",
        ),
        Mistake(
            "a hundred",
            ("A", None),
            "Confidence is a share of right readings among images like the validation "
            "digits. A letter is not like them.",
            "stats.stackexchange.com question 283909",
        ),
        Mistake(
            "half",
            ("C", None),
            "Nothing forces a stranger below 50 %: many letters stood above 99 %.",
            "ai.stackexchange.com question 17721, a threshold of 90 %",
        ),
        Mistake(
            "trained longer",
            ("D", 3),
            "No training image shows what is no digit, so longer training cannot teach "
            "it. A temperature keeps the order of confidences.",
            "stats.stackexchange.com question 283909, retrain or not?",
        ),
        Mistake(
            "trained badly",
            ("D", None),
            "It reads digits as well as it did. Nobody has asked it about letters.",
            "ai.stackexchange.com question 17721",
        ),
        Mistake(
            "another reason",
            ("B", None),
            "The claim holds, and this is not why: what do the ten numbers add up to?",
            "imathworks.com, deep learning classification confidence",
        ),
    ),
    hints=(
        "Which ten things does a softmax compare?",
        "There is no eleventh class that could take the probability.",
        "So the largest of the ten may be near 1 for anything at all.",
    ),
    answer='"B", because=1, sure=80',
)


EXERCISES: tuple = (
    THRESHOLD,
    BAD_CARD,
    CORNER,
    PGD,
    STRANGER,
    EXPORTED,
    Predict(
        "dearest",
        "Which step costs most if you leave it out: invert, crop, box or centre?",
        "invert",
    ),
    Predict(
        "moved_up",
        "What share of 400 digits is right after a move of 4 pixels up?",
        67.5,
        unit=" %",
        near=0.1,
    ),
    Predict(
        "many_steps",
        "What share is right after 20 small steps?",
        23.0,
        unit=" %",
        near=0.25,
    ),
    Predict(
        "letters_kept",
        "What share of the letters passes the threshold?",
        28.0,
        unit=" %",
        near=0.25,
    ),
    Predict(
        "temperature_order",
        "Does a temperature change which digits are handed over first?",
        False,
    ),
)
