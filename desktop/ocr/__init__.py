"""Reading identity cards, from files and from under a camera. It needs neither a window nor a database:

    import time
    from concurrent.futures import ThreadPoolExecutor
    from desktop.ocr.camera import CameraError, CvCamera
    from desktop.ocr.live import LiveCapture
    from desktop.ocr.pipeline import CardReader

    reader, camera = CardReader(), CvCamera(0)
    with ThreadPoolExecutor(1) as executor, LiveCapture(reader, executor) as capture:
        executor.submit(reader.warm)
        try:
            camera.open()
            told = ""
            while not capture.done:
                frame = camera.read()
                view = capture.offer(frame.pixels, frame.at)
                frame.wipe()
                if view.words != told:
                    told = view.words
                    print(told)  # 拿稳不要动 … 已拍下，正在读取 … 请翻到背面（国徽面）
        except CameraError as trouble:
            print(trouble.message)
        finally:
            camera.close()
        for key, field in capture.fields().items():
            print(key, field.text, *field.reasons)

A page shows `view.outline.corners` over its preview, calls `capture.force(time.monotonic())` when Space is pressed,
fills its form from `capture.captured` as each side comes, and shows `CapturedSide.face`, on which the boxes of the
fields are places. The steps, each usable alone: `outline` (where the card is), `hints` (what to tell), `votes` (one
reading out of several), `live` (the session), `camera` (the frames); for files `pipeline`, with `pages` for several
cards on one. Pictures come from a `sources.PictureSource`: a file, a `WatchedFolder`, a `scanner.Scanner`.
"""

import os

# Media Foundation opens a webcam in seconds instead of half a minute without its hardware transforms; OpenCV asks when
# it is loaded, so this stands where every way to it passes (opencv issue 17687). It costs no import of OpenCV here.
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
