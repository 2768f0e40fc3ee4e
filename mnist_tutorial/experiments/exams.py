"""The test set read by every network that is shipped and frozen."""

from mnist_tutorial import data, model, train

# ConvNets by the recipe of 06, NormNets by that of 11.
LOADERS = {"ConvNet": model.load_pretrained, "NormNet": model.load_best}
KINDS = {"ConvNet": "", "NormNet": "best"}


def exam_runs() -> list[dict]:
    """Five networks of each recipe."""
    return [
        {"network": network, "seed": seed}
        for network, kind in KINDS.items()
        for seed in model.SHIPPED[kind]
    ]


def run_exam(*, network: str, seed: int) -> dict:
    """How many test images this network misreads.

    07 and 11 say so as well. Nothing is chosen by it here.
    """
    test = data.load_tensors(train=False)
    preds = train.predict(LOADERS[network](seed), test.images).argmax(1)
    return {"images": len(preds), "errors": int((preds != test.labels).sum())}
