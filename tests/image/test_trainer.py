"""The trainer's image, for a folder of somebody else's."""

import os


def test_it_trains_into_a_folder_of_its_user(image, tmp_path):
    for path in (tmp_path, *tmp_path.parents):
        if path.is_relative_to("/tmp") and path.name:
            path.chmod(path.stat().st_mode | 0o055)
    folder = tmp_path / "mine"
    folder.mkdir()
    user = 12345
    os.chown(folder, user, user)
    (entry,) = image.config["Entrypoint"]
    result = image.run(
        entry,
        "train",
        "--data=generated:cubic",
        "--model_repository=/work/models",
        "--model=curve",
        "--epochs=3",
        user=f"{user}:{user}",
        folder=folder,
        place="/work",
    )
    assert result.returncode == 0, result.stderr
    written = folder / "models/curve/1/model.pt"
    assert written.stat().st_uid == user
