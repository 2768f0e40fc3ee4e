"""GuessBars in JupyterLab: every name can be read, and an arrow key sets a bar."""

SOURCE = """from mnist_tutorial import widgets
guess = widgets.GuessBars(
    ["batch norm", "augmentation", "label smoothing", "EMA"],
    start=3.2, high=6, step=0.1,
)
guess"""


def test_names_stand_apart_and_a_key_sets_one_bar(lab):
    notebook = lab.open([SOURCE])
    for width in (1280, 800):
        notebook.page.set_viewport_size({"width": width, "height": 1000})
        notebook.page.wait_for_timeout(300)
        labels = notebook.page.locator(".widget-vslider > .widget-label").all()
        boxes = [label.bounding_box() for label in labels]
        assert len(boxes) == 4
        for label in labels:
            assert label.evaluate("e => e.scrollWidth <= e.clientWidth"), "cut off"
        assert not any(
            overlap(one, other)
            for k, one in enumerate(boxes)
            for other in boxes[k + 1 :]
        )
    handle = notebook.page.locator(".widget-vslider .noUi-handle").nth(2)
    handle.focus()
    for _ in range(3):
        notebook.page.keyboard.press("ArrowUp")
    notebook.wait_until("round(guess.guess['label smoothing'], 4)", "0.035")
    assert notebook.run("round(guess.guess['EMA'], 4)") == "0.032"


def overlap(one: dict, other: dict) -> bool:
    """Whether two boxes on the screen cover a point in common."""
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "width"), ("y", "height"))
    )
