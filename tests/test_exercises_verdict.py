"""What a verdict shows: sentences and a table, the same as text and as HTML."""

import re

import pytest
import torch
import torch.nn.functional as F

from mnist_tutorial import exercises
from mnist_tutorial.exercises.verdict import Verdict, blocks_of, compared, number

CONV2D = exercises.notebook("02").conv2d


def flipped(images, kernel, bias, stride=1, padding=0):
    return F.conv2d(images, kernel.flip(2, 3), bias, stride, padding)


def doubled_with_padding(images, kernel, bias, stride=1, padding=0):
    maps = F.conv2d(images, kernel, bias, stride, padding)
    return maps * 2 if padding else maps


TEXT = """\
Not yet. Your kernel is turned by half a turn before it is used, as
mathematicians do it. F.conv2d does not: the top left weight meets the top left
pixel.

Case 1 of 5, with images (1, 1, 3, 4), kernel (1, 1, 2, 2), bias (1,), stride 1
by default, padding 0 by default: 83 is right at [0, 0, 0, 0], and yours is 69.

input
  images[0, 0]   kernel[0, 0]   bias   stride   padding
   4  9  3  0     1  2           7      1        0
   3  9  7  3     3  5
   7  3  1  6

expected         yours
  [0, 0, :, :]     [0, 0, :, :]
   83  84  46      [69] 86  39
   64  44  53       66  80  59"""


def test_a_verdict_as_text():
    assert repr(CONV2D.judge(flipped)) == TEXT


def test_html_says_the_same_and_marks_the_first_wrong_number():
    verdict = CONV2D.judge(flipped)
    html = verdict._repr_html_()
    assert re.findall(r"<mark>.*?</mark>", html) == ["<mark><b>[69]</b></mark>"]
    words = re.sub(r"<[^>]+>", " ", html).split()
    assert sorted(words) == sorted(TEXT.split())


def test_it_depends_on_the_answer_alone():
    first = CONV2D.judge(flipped)
    CONV2D.hint(3)
    CONV2D.solution()
    for _ in range(3):
        assert repr(CONV2D.judge(flipped)) == repr(first)


def test_a_case_can_be_had_and_changing_it_changes_nothing():
    case = CONV2D.case(1)
    assert F.conv2d(*case.values())[0, 0, 0, 0] == 83
    case["images"] += 1
    assert CONV2D.case(1)["images"][0, 0, 0, 0] == 4


def test_an_unknown_mistake_gets_a_clue_and_the_way_to_a_hint():
    text = CONV2D.judge(doubled_with_padding).text
    assert "right in the cases without padding, and wrong in all others" in text
    assert "Each of your numbers is 2 times the right one." in text
    assert "To try it: my_conv2d(*ex.conv2d.case(4).values())." in text
    assert text.endswith("If you are stuck: ex.conv2d.hint()")


def test_another_shape_or_dtype_is_said():
    def one_column_more(images, kernel, bias, stride=1, padding=0):
        return F.pad(F.conv2d(images, kernel, bias, stride, padding), (0, 1))

    text = CONV2D.judge(one_column_more).text
    assert "should be (1, 1, 2, 3), and yours is (1, 1, 2, 4)." in text
    denormalise = exercises.notebook("03").denormalise
    verdict = denormalise.judge(
        lambda x, m, s: (x[:, 0] * s + m).mul(255).round().int()
    )
    assert "should be torch.uint8, and yours is torch.int32." in verdict.text


@pytest.mark.parametrize(
    ("value", "text"),
    [(13.0, "13"), (0.25, "0.25"), (2 / 3, "0.6667"), (float("nan"), "nan"),
     (float("-inf"), "-inf"), (1e12, "1e+12"), (1.5e9, "1.5e+09"), (1e9, "1e+09"),
     (999_999_999.0, "999999999"), (True, "1"), (-0.0, "0")],
)  # fmt: skip
def test_numbers_are_as_short_as_they_can_be_read(value, text):
    assert number(value) == text


def test_large_tensors_are_cut_out_around_the_wrong_number():
    expected = torch.arange(400.0).view(1, 20, 20)
    answer = expected.clone()
    answer[0, 15, 3] = -1
    right, yours = compared("", expected, answer, (0, 15, 3))
    assert right.name == "[0, 12:18, 0:6]"
    assert yours.rows[yours.mark[0]][yours.mark[1]] == "-1"
    (block,) = blocks_of("images", expected)
    assert len(block.rows) == 6 and block.name == "images[0], its first numbers"


def test_numbers_that_look_alike_get_more_digits():
    a, b = compared("", torch.tensor([1.0001]), torch.tensor([1.0004]), (0,))
    assert a.rows != b.rows


def test_options_keep_their_place_in_html():
    html = Verdict("nothing yet", "Which?\n\n  A  x < y\n  B  y")._repr_html_()
    assert html.startswith("<p>Which?</p><pre ")
    assert html.endswith(">  A  x &lt; y\n  B  y</pre>")


@pytest.mark.parametrize("name", exercises.REGISTRY)
def test_no_line_is_longer_than_80(name):
    for entry in exercises.REGISTRY[name]:
        assert max(map(len, repr(entry).splitlines())) <= 80
    assert max(map(len, repr(CONV2D.judge(lambda *given: 0)).splitlines())) <= 80


def test_a_number_in_quotes_is_said_to_be_a_text():
    ex = exercises.notebook("02")
    verdict = ex.places("16")
    assert verdict.status == "not yet" and "without quotes" in str(verdict)
    assert "without quotes" in str(ex.shift("A", because="1", sure=70))


def test_a_decision_keeps_its_options_in_sight_until_it_is_right():
    ex = exercises.notebook("02")
    claim, because = ex.shift.right
    wrong = "A" if claim != "A" else "B"
    options = ex.shift.options()
    assert options in ex.shift(wrong, because=because, sure=50).text
    assert "needs its reason" in str(ex.shift(claim))
    assert "needs its reason" not in str(ex.shift())
    assert options not in ex.shift(claim, because=because, sure=50).text
