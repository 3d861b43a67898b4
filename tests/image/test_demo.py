"""The image with a trained model inside: nothing is mounted."""

from conftest import READY_LINE, metrics


def test_one_line_asks_it(image):
    with image.start() as server:
        server.wait_for(READY_LINE)
        image.wait_until_healthy()
        question = ("predict", "--model=regression-1d", "--inputs=generated:cubic")
        answer = image.run("hypergan-client", *question, "--rows=5")
        assert answer.returncode == 0, answer.stderr
        assert "ood_score" in answer.stdout
        assert 'code="OK",model="regression-1d"' in metrics()
        assert server.terminate() == 0, server.output
