"""A 7 drawn on a pad: with the mouse, a finger or the keyboard."""

SEVEN = [(60, 50), (105, 50), (150, 50), (136, 78), (122, 106), (108, 134), (94, 162)]


def by_mouse(page, pad, points=SEVEN) -> None:
    """One stroke through the points, in CSS pixels from the pad's corner."""
    box = pad.bounding_box()
    place = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*place[0])
    page.mouse.down()
    for x, y in place[1:]:
        page.mouse.move(x, y, steps=3)
    page.mouse.up()


def by_touch(page, pad, points=SEVEN) -> None:
    """The same with a finger: touch events as the screen driver would send them."""
    box = pad.bounding_box()
    client = page.context.new_cdp_session(page)
    kind = "touchStart"
    for x, y in points:
        touch = {"x": box["x"] + x, "y": box["y"] + y}
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [touch]})
        kind = "touchMove"
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    # Where a finger moves is told with the next frame.
    page.evaluate("new Promise(go => requestAnimationFrame(() => setTimeout(go)))")


def by_keys(page, pad) -> None:
    """The same with the keyboard: arrows move the pen, Space lowers and lifts it."""
    pad.focus()
    move = page.keyboard.press
    for _ in range(7):
        move("ArrowLeft")
    move("Space")
    for _ in range(13):
        move("ArrowRight")
    for _ in range(8):
        move("ArrowDown")
        move("ArrowDown")
        move("ArrowLeft")
    move("Space")
