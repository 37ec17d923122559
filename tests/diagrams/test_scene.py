from consortflow.diagrams.scene import Bar, Box, Connector, Run, Scene, faults
from consortflow.diagrams.theme import Theme

ONE = Box("one", "stage", 10, 10, 40, 20)
TWO = Box("two", "stage", 10, 60, 40, 20)
SCENE = Scene(100, 100, (ONE, TWO), (), (), (), "t", "d", "en", Theme())


def lined(*points):
    return SCENE._replace(connectors=(Connector("c", "one", "two", "flow", points),))


def test_a_clean_scene_has_no_faults():
    assert faults(lined((30, 30), (30, 60))) == ()


def test_boxes_and_bars_that_overlap_are_found():
    assert faults(SCENE._replace(boxes=(ONE, TWO._replace(y=29)))) == ("'one' and 'two' overlap",)
    bar = Bar("bar", "Phase", 0, 0, 12, 90)
    assert len(faults(SCENE._replace(bars=(bar,)))) == 2


def test_a_connector_through_a_box_is_found_and_one_that_touches_is_not():
    assert faults(lined((30, 40), (30, 90))) == ("'c' crosses 'two'",)
    assert faults(lined((5, 70), (95, 70))) == ("'c' crosses 'two'",)
    assert faults(lined((50, 5), (50, 95))) == ()


def test_a_connector_that_found_no_way_is_found():
    assert faults(lined()) == ("'c' finds no way",)


def test_slanted_lines_and_lines_off_the_canvas_are_found():
    assert "not orthogonal" in faults(lined((60, 30), (70, 60)))[0]
    assert "leaves the canvas" in faults(lined((60, 30), (60, 130)))[0]


def test_text_outside_its_box_is_found():
    wide = ONE._replace(runs=(Run("text", 12, 20, 45, 9),))
    assert "leaves 'one'" in faults(SCENE._replace(boxes=(wide, TWO)))[0]
    assert "leaves" in faults(SCENE._replace(notes=(Run("note", 10, 99.9, 20, 9),)))[0]


def test_a_label_on_a_box_or_a_bar_is_found_and_one_beside_them_is_not():
    def labelled(x, y):
        line = Connector("c", "one", "two", "transfer", ((60, 20), (60, 70)), runs=(Run("label", x, y, 20, 9),))
        return SCENE._replace(connectors=(line,), bars=(Bar("bar", "Phase", 80, 0, 12, 90),))

    assert faults(labelled(52, 50)) == ()
    assert faults(labelled(40, 25)) == ("the label of 'c' covers 'one'",)
    assert faults(labelled(70, 50)) == ("the label of 'c' covers 'bar'",)
