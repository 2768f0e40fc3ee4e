"""LogitsToLoss in the browser: its numbers are PyTorch's, its sliders work."""

import pytest
import torch
import torch.nn.functional as F

from mnist_tutorial.widgets.logits_to_loss.widget import LogitsToLoss


def loss(opened) -> float:
    return float(opened.root.get_attribute("data-loss"))


def test_the_named_situations_have_the_losses_they_are_named_for(stage, axe):
    opened = stage(LogitsToLoss())
    opened.root.get_by_text("all the same").click()
    assert loss(opened) == pytest.approx(torch.tensor(10.0).log().item(), abs=1e-6)
    assert "knows nothing" in opened.root.inner_text()
    opened.root.get_by_text("confident and right").click()
    assert loss(opened) < 0.001
    opened.root.get_by_text("confident and wrong").click()
    assert loss(opened) == pytest.approx(10, abs=0.01)
    opened.root.get_by_text("As given").click()
    assert opened.widget.given == [0, 0, 0, 4, 0, 0, 0, 0, 2, 0]
    opened.wait(lambda: opened.widget.logits == opened.widget.given)
    axe(opened.page)


def test_adding_the_same_to_all_changes_nothing(stage):
    opened = stage(LogitsToLoss())
    before = loss(opened)
    opened.root.get_by_text("+1 on all").click()
    opened.wait(lambda: opened.widget.logits[3] == 5)
    assert loss(opened) == pytest.approx(before, abs=1e-12)
    for _ in range(9):
        opened.root.get_by_text("+1 on all").click()
    assert opened.widget.logits[3] <= 12
    assert "leave its range" in opened.root.inner_text()
    opened.root.get_by_text("As given").click()
    assert "leave its range" not in opened.root.inner_text()


def test_two_softmaxes_hold_the_loss_above_their_floor(stage):
    opened = stage(LogitsToLoss(), width=800, theme="dark")
    opened.root.get_by_text("confident and right").click()
    opened.root.get_by_text("softmax in the network too").click()
    floor = torch.log(torch.e + torch.tensor(9.0)).item() - 1
    assert floor <= loss(opened) < floor + 0.01
    assert f"{floor:.4f}" in opened.root.inner_text()
    assert opened.fits()


def dot(opened) -> str:
    return opened.root.get_by_role("img").get_attribute("aria-label")


def test_the_dot_moves_on_the_curve_and_is_painted_anew(stage):
    opened = stage(LogitsToLoss())
    probs = torch.tensor(opened.widget.logits).softmax(0)
    assert f"p = {probs[3]:.3f}, loss {-probs[3].log():.2f}" in dot(opened)
    before = opened.pictures()
    opened.root.get_by_text("all the same").click()
    assert "p = 0.100, loss 2.30" in dot(opened)
    assert opened.pictures() != before


def test_powers_their_sum_and_shares_are_pytorchs(stage):
    opened = stage(LogitsToLoss(torch.linspace(-2, 2, 10), 4))
    logits = torch.tensor(opened.widget.logits, dtype=torch.float64)
    cells = opened.root.locator("tbody .mt-power").all_inner_texts()
    shown = torch.tensor([float(text) for text in cells], dtype=torch.float64)
    torch.testing.assert_close(shown, logits.exp(), atol=0.005, rtol=0)
    total, one, none = opened.root.locator("tfoot td").all_inner_texts()[2:]
    assert float(total) == pytest.approx(logits.exp().sum().item(), abs=0.05)
    assert (one, none) == ("1.000", "0.000")


def test_sliders_move_by_mouse_and_by_keys(stage):
    opened = stage(LogitsToLoss())
    one = opened.root.get_by_label("logit of 1")
    box = one.bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 10, steps=5)
    opened.page.mouse.up()
    opened.wait(lambda: opened.widget.logits[1] > 5)
    before = opened.widget.logits[1]
    one.press("ArrowLeft")
    opened.wait(lambda: opened.widget.logits[1] == pytest.approx(before - 0.1))


def test_what_python_sets_is_shown(stage):
    opened = stage(LogitsToLoss())
    seen = opened.seq()
    opened.widget.label = 8
    opened.wait_painted(seen)
    expected = F.cross_entropy(torch.tensor(opened.widget.logits), torch.tensor(8))
    assert loss(opened) == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("width", [1280, 990, 846, 603, 390])
def test_it_fits_its_place(stage, axe, width):
    opened = stage(LogitsToLoss(), width=width + 16)
    assert opened.fits()
    opened.root.get_by_text("softmax in the network too").click()
    assert opened.fits()
    last = opened.root.locator(".mt-gradient").last.bounding_box()
    assert last["x"] + last["width"] <= width + 8
    axe(opened.page)
