"""Why something was given up or put off: one slug, the same in dead letters, logs and pages."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The closed set of reasons; `SENTENCES` says what each means and what to do."""

    # A delivery that cannot become work.
    BAD_ENCODING = "bad_encoding"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    AMBIGUOUS = "ambiguous"
    NO_STATUS = "no_status"
    UNKNOWN_STATUS = "unknown_status"
    NO_TASK_ID = "no_task_id"
    BAD_TASK_ID = "bad_task_id"
    NO_SOURCES = "no_sources"
    TOO_MANY_SOURCES = "too_many_sources"
    SOURCE_TOO_LONG = "source_too_long"
    NOT_AN_IMAGE_TASK = "not_an_image_task"
    UNKNOWN_PROVIDER = "unknown_provider"
    BAD_SIGNATURE = "bad_signature"
    UNREADABLE = "unreadable"
    CONFLICTING_DELIVERY = "conflicting_delivery"
    UNCONFIRMED = "unconfirmed"
    # An order that cannot be used, and one of which nothing came.
    BAD_ORDER = "bad_order"
    NEVER_HEARD_OF = "never_heard_of"
    # An object of ours that cannot be read.
    MALFORMED_RECORD = "malformed_record"
    # A source: forbidden or too large immediately, all else only when its link's life is over.
    FORBIDDEN_SOURCE = "forbidden_source"
    SOURCE_GONE = "source_gone"
    SOURCE_REFUSED = "source_refused"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    CONTENT_ENCODED = "content_encoded"
    TOO_LARGE = "too_large"
    CUT_OFF = "cut_off"
    LINK_EXPIRED = "link_expired"
    # Bytes that came whole and are not a sound image: too many pixels immediately, all else after the same came again and again.
    NOT_AN_IMAGE = "not_an_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    UNDECODABLE = "undecodable"
    DECODER_DIED = "decoder_died"
    DECODER_TIMEOUT = "decoder_timeout"
    # Trouble that passes: tried again, never a dead letter by itself.
    SOURCE_UNREACHABLE = "source_unreachable"
    SOURCE_TROUBLE = "source_trouble"
    SOURCE_BUSY = "source_busy"
    SOURCE_SLOW = "source_slow"
    SOURCE_RESTING = "source_resting"
    API_TROUBLE = "api_trouble"
    API_KEY_REFUSED = "api_key_refused"
    PROXY_TROUBLE = "proxy_trouble"
    BUCKET_UNAVAILABLE = "bucket_unavailable"
    QUEUE_UNAVAILABLE = "queue_unavailable"
    NEWER_RECORD = "newer_record"
    DISK_TROUBLE = "disk_trouble"
    DECODER_TROUBLE = "decoder_trouble"
    OUR_FAULT = "our_fault"
    STOPPING = "stopping"
    OUT_OF_TIME = "out_of_time"


SENTENCES: dict[Reason, str] = {
    Reason.BAD_ENCODING: "The body is compressed in a way that is not undone here, is damaged, or inflates to more than is read. It is kept as it came.",
    Reason.NOT_JSON: "The body is not JSON. Look at it in the dead letter; if the provider changed, mend the reader and replay.",
    Reason.NOT_AN_OBJECT: "The body is JSON but not an object. Mend the reader and replay, or leave it.",
    Reason.AMBIGUOUS: "The body says two things at the same time: of two tasks, two ids or two endings one may be wrong. Ask the provider for the task.",
    Reason.NO_STATUS: "The body names no status. Mend the reader and replay, or leave it.",
    Reason.UNKNOWN_STATUS: "The reader does not know this status. Teach it the word and replay.",
    Reason.NO_TASK_ID: "The body names no task. It cannot be filed; fetch the task by its id if you know it.",
    Reason.BAD_TASK_ID: "What stands for the task's id is none: no text, too long, with white space, or a step like `..`.",
    Reason.NO_SOURCES: "The task is completed but names no image. Ask the provider for the task again.",
    Reason.TOO_MANY_SOURCES: "The task names more images than any model makes; taken for forged.",
    Reason.SOURCE_TOO_LONG: "A link is longer than any server takes; taken for forged, and never cut. The body is kept whole.",
    Reason.NOT_AN_IMAGE_TASK: "A video, audio or text task; Fixative keeps images. Nothing was downloaded.",
    Reason.UNKNOWN_PROVIDER: "No reader has this provider's name. Add the reader and replay.",
    Reason.BAD_SIGNATURE: "The provider's signature is not there, or does not hold, and its setting, which ends in _SIGNATURES, is `require`. If a secret was exchanged, mend the setting that ends in _SIGNING_KEYS and replay; else it is forged.",
    Reason.UNREADABLE: "The reader failed on this body; that is a fault of ours. Mend the reader and replay.",
    Reason.CONFLICTING_DELIVERY: "The task was whole already and this delivery names other images; one of the two may be forged.",
    Reason.UNCONFIRMED: "The provider's task API does not know the task, or not as completed, also some minutes after the callback, which may be forged. Nothing was downloaded. Replay to ask again.",
    Reason.BAD_ORDER: "The order that was told cannot be read, or another one was told first. Look at it in the dead letter, and tell it again.",
    Reason.NEVER_HEARD_OF: "The task was ordered, or called back by its id alone, and neither a callback nor the task API told of its end while its links could live, or within a day. Replay to ask again.",
    Reason.MALFORMED_RECORD: "An object of ours cannot be read; somebody or something else wrote it.",
    Reason.FORBIDDEN_SOURCE: "The link leads outside the provider's hosts, to a private address or away from HTTPS. Allow the host if it is right (SOURCE_HOSTS), and replay. Where a redirect leads there, or its name to a private address, it is tried again until the link's life is over.",
    Reason.SOURCE_GONE: "The link answers 403, 404 or 410, or what came within a body does not stand in `inline/` any more. It is tried again until its life is over, with fresh links where the provider's API key is set; given up sooner only where the provider does not know the task any more.",
    Reason.SOURCE_REFUSED: "The link answers with another status than 200; it is tried again until its life is over.",
    Reason.TOO_MANY_REDIRECTS: "The link was redirected more than three times; it is tried again until its life is over.",
    Reason.CONTENT_ENCODED: "The origin compressed the bytes although it was asked not to, in a way that is not undone here (gzip and deflate are); it is tried again until the link's life is over.",
    Reason.TOO_LARGE: "The image is larger than 50 MiB.",
    Reason.CUT_OFF: "The transfer ended before all bytes had come; it is tried again until the link's life is over.",
    Reason.LINK_EXPIRED: "The link's life ended before a try succeeded; the last trouble stands in the detail. Replay it: with the provider's API key set, a fresh link is asked for first.",
    Reason.NOT_AN_IMAGE: "The same bytes came again and again, and are no PNG, JPEG or WebP (often a page of HTML). They are kept beside the dead letter.",
    Reason.TOO_MANY_PIXELS: "The image claims more pixels than are decoded here. It is kept beside the dead letter.",
    Reason.ANIMATED: "The image has more than one frame and ANIMATED is `refuse`. It is kept beside the dead letter; set ANIMATED=keep and replay to take it.",
    Reason.UNDECODABLE: "The image is damaged, or of a coding that is not decoded here, which the detail names: the same bytes came again and again and did not decode. It is kept beside the dead letter; one whose `data:` URI is malformed, in `inline/`.",
    Reason.DECODER_DIED: "The decoder died on this image, and so did two others. It is kept beside the dead letter.",
    Reason.DECODER_TIMEOUT: "The decoder did not end in time on this image. It is kept beside the dead letter.",
    Reason.SOURCE_UNREACHABLE: "The origin could not be reached; it is tried again until the link expires.",
    Reason.SOURCE_TROUBLE: "The origin answered with an error of its own; it is tried again until the link expires.",
    Reason.SOURCE_BUSY: "The origin asked for patience (429); it is tried again until the link expires.",
    Reason.SOURCE_SLOW: "The origin was too slow; it is tried again until the link expires.",
    Reason.SOURCE_RESTING: "The host fails for everybody and is left alone for a while; no try is counted.",
    Reason.API_TROUBLE: "The provider's task API is away, slow or busy; it is asked again until the links are dead.",
    Reason.API_KEY_REFUSED: "The provider's task API refuses the API key (401 or 403). Mend its setting, which ends in _API_KEY, and restart the worker.",
    Reason.PROXY_TROUBLE: "The egress proxy (EGRESS_PROXY) is away, or refuses the connection or its credentials. Mend it, or its rules; images wait for it, also beyond their links' life.",
    Reason.BUCKET_UNAVAILABLE: "S3 did not take or give an object in time. Look at its health and `fixative doctor`.",
    Reason.QUEUE_UNAVAILABLE: "Redis did not answer in time; nothing is lost, the sweep goes on.",
    Reason.NEWER_RECORD: "A newer version of Fixative wrote an object that this one would have to read. It is left as it is, and the work waits for a worker of that version: update this one.",
    Reason.DISK_TROUBLE: "The worker's temporary disk is full or failing; the work waits until it is mended.",
    Reason.DECODER_TROUBLE: "The worker's decoders do not start, or cannot do their work; its log says why. The work waits until that is mended.",
    Reason.OUR_FAULT: "Fixative itself failed on this image; the worker's log says where. The task's other images are kept; this one is tried again until its link's life is over. Tell its makers.",
    Reason.STOPPING: "The worker is stopping and gave the work back.",
    Reason.OUT_OF_TIME: "The run's time was up; the rest is done by the next run.",
}
