"""What each recorded document must be read as.

A row: path, kind, type, facts; after `>` the object inside. Addresses without scheme and host.
Facts that are not named have the values in `DEFAULTS`.
"""

import shlex

Facts = dict[str, str]

DEFAULTS: dict[str, Facts] = {
    "activity": {"nested": "", "target": "", "reason": "", "signed": ""},
    "actor": {
        "keys": "1",
        "fields": "0",
        "emojis": "0",
        "shared": "yes",
        "locked": "no",
        "discoverable": "none",
        "icon": "yes",
        "image": "no",
        "moderators": "no",
    },
    "collection": {},
    "object": {
        "reply": "",
        "visible": "public",
        "media": "0",
        "links": "0",
        "mentions": "0",
        "hashtags": "0",
        "language": "none",
        "title": "no",
        "source": "",
    },
}

_TABLE = """
discourse/objects/group.json actor Group username=threadiverse-wg shared=no
discourse/objects/page.json object Note author=/ap/actor/495843076e9e469fbd35ccf467ae9fb1
    visible=addressed title=yes
discourse/objects/person.json actor Person username=angus
friendica/activities/create_note.json activity Create actor=/profile/jakob
    object=/objects/4edd2508-4361-edb8-c4d8-b45181083984 signed=signature > Note
    author=/profile/jakob reply=/post/25360 mentions=1 language=de source=text/bbcode
friendica/activities/create_page_1.json activity Create actor=/users/mastodon
    object=/users/mastodon/statuses/110435994705014161 > Note author=/users/mastodon mentions=1
    language=fr
friendica/activities/create_page_2.json activity Create actor=/profile/heluecht
    object=/objects/ec054ce7-5162-3bf2-504c-16d024994850 signed=signature > Article
    author=/profile/heluecht visible=unlisted mentions=1 language=de title=yes
    source=text/bbcode
friendica/activities/delete.json activity Delete actor=/profile/heluecht
    object=/objects/ec054ce7-4762-3c1c-3c25-0cc665717210 signed=signature
friendica/activities/dislike_page.json activity Dislike actor=/profile/heluecht
    object=/objects/ec054ce7-2062-3bfa-8687-ca8313624820 signed=signature
friendica/activities/like_page.json activity Like actor=/profile/heluecht
    object=/objects/ec054ce7-2062-3bfa-8687-ca8313624820 signed=signature
friendica/activities/undo_dislike_page.json activity Undo actor=/profile/heluecht
    object=/objects/ec054ce7-5762-3ce2-b3e4-87e268433367 nested=Dislike signed=signature
friendica/activities/update_note.json activity Update actor=/profile/heluecht
    object=/objects/ec054ce7-4762-3c1c-3c25-0cc665717210 signed=signature > Note
    author=/profile/heluecht reply=/objects/ec054ce7-2062-3bfa-8687-ca8313624820
    visible=unlisted mentions=2 language=de source=text/bbcode
friendica/objects/note_1.json object Note author=/profile/jakob reply=/post/25360 mentions=1
    language=de source=text/bbcode
friendica/objects/note_2.json object Note author=/profile/liwott reply=/comment/167904
    mentions=1 hashtags=2 language=en source=text/bbcode
friendica/objects/page_1.json object Page author=/profile/heluecht visible=unlisted links=1
    mentions=1 language=de title=yes source=text/bbcode
friendica/objects/page_2.json object Article author=/profile/heluecht visible=unlisted
    mentions=1 language=de title=yes source=text/bbcode
friendica/objects/person_1.json actor Person username=jakob fields=6 locked=yes discoverable=yes
friendica/objects/person_2.json actor Organization username=informapirata fields=2
    discoverable=yes
gnusocial/activities/create_note.json activity Create actor=/actor/42 object=/object/note/1339 >
    Note author=/actor/42 reply=/object/note/1338 source=text/plain
gnusocial/activities/create_page.json activity Create actor=/actor/42 object=/object/note/1338 >
    Page author=/actor/42 title=yes source=text/markdown
gnusocial/activities/like_note.json activity Like actor=/actor/43 object=/object/note/1337
gnusocial/objects/group.json actor Group username=hackers keys=0 icon=no
gnusocial/objects/note.json object Note author=/actor/42 reply=/object/note/1338
    source=text/plain
gnusocial/objects/page.json object Page author=/actor/42 title=yes source=text/markdown
gnusocial/objects/person.json actor Person username=diogo icon=no
lemmy/activities/block/block_user.json activity Block actor=/u/lemmy_beta object=/u/lemmy_alpha
    reason='spam post' target=/c/main
lemmy/activities/block/undo_block_user.json activity Undo actor=/u/lemmy_beta
    object=/activities/block/726f43ab-bd0e-4ab3-89c8-627e976f553c nested=Block
lemmy/activities/community/add_featured_post.json activity Add actor=/u/lemmy_alpha
    object=/post/2 target=/c/main/featured
lemmy/activities/community/add_mod.json activity Add actor=/u/lemmy_beta object=/u/lemmy_alpha
    target=/c/main/moderators
lemmy/activities/community/announce_create_page.json activity Announce actor=/c/main
    object=/activities/create/2807c9ec-3ad8-4859-a9e0-28b59b6e499f nested=Create > Page
    author=/u/lemmy_beta title=yes
lemmy/activities/community/lock_note.json activity Lock actor=/u/lemmy_aplha object=/comment/1
    reason='A reason for a lock'
lemmy/activities/community/lock_page.json activity Lock actor=/u/lemmy_alpha object=/post/2
    reason='A reason for the lock'
lemmy/activities/community/remove_featured_post.json activity Remove actor=/u/lemmy_alpha
    object=/post/2 target=/c/main/featured
lemmy/activities/community/remove_mod.json activity Remove actor=/u/lemmy_beta
    object=/u/lemmy_alpha target=/c/main/moderators
lemmy/activities/community/report_page.json activity Flag actor=/u/lemmy_alpha object=/post/7
    reason='report this post'
lemmy/activities/community/resolve_report_page.json activity Resolve actor=/u/lemmy_user
    object=/activities/flag/98b0933f-5e45-4a95-a15f-e0dc86361ba4 nested=Flag
lemmy/activities/community/undo_lock_note.json activity Undo actor=/u/lemmy_aplha
    object=/activities/lock/574b9805-19f5-4349-8c6e-c38c82898df9 nested=Lock
    reason='A reason for an unlock.'
lemmy/activities/community/undo_lock_page.json activity Undo actor=/u/lemmy_alpha
    object=/activities/lock/08b6fd3e-9ef3-4358-a987-8bb641f3e2c3 nested=Lock
    reason='A reason for the unlock'
lemmy/activities/community/update_community.json activity Update actor=/u/lemmy_alpha
    object=/c/main
lemmy/activities/community/warn.json activity Warn actor=/u/lemmy_beta object=/post/1541
    reason=fU8HltC5wq
lemmy/activities/create_or_update/create_comment.json activity Create actor=/u/lemmy_alpha
    object=/comment/1 > Note author=/u/lemmy_alpha reply=/post/1 source=text/markdown
lemmy/activities/create_or_update/create_page.json activity Create actor=/u/lemmy_alpha
    object=/post/1 > Page author=/u/lemmy_alpha media=1 language=ko title=yes
    source=text/markdown
lemmy/activities/create_or_update/create_private_message.json activity Create
    actor=/u/lemmy_beta object=/private_message/1 > Note author=/u/lemmy_beta visible=addressed
    source=text/markdown
lemmy/activities/create_or_update/create_private_message_0.19.json activity Create
    actor=/u/nutomic object=/private_message/29 > ChatMessage author=/u/nutomic
    visible=addressed source=text/markdown
lemmy/activities/create_or_update/update_page.json activity Update actor=/u/lemmy_alpha
    object=/post/1 > Page author=/u/lemmy_alpha media=1 title=yes source=text/markdown
lemmy/activities/deletion/delete_page.json activity Delete actor=/u/lemmy_alpha object=/post/1
lemmy/activities/deletion/delete_private_message.json activity Delete actor=/u/lemmy_beta
    object=/private_message/1
lemmy/activities/deletion/delete_user.json activity Delete actor=/u/lemmy_alpha
    object=/u/lemmy_alpha
lemmy/activities/deletion/remove_note.json activity Delete actor=/u/lemmy_beta object=/comment/1
    reason='bad comment'
lemmy/activities/deletion/undo_delete_page.json activity Undo actor=/u/lemmy_alpha
    object=/activities/delete/b13cca96-7737-41e1-9769-8fbf972b3509 nested=Delete
lemmy/activities/deletion/undo_delete_private_message.json activity Undo actor=/u/lemmy_beta
    object=/activities/delete/616c41be-04ed-4bd4-b865-30712186b122 nested=Delete
lemmy/activities/deletion/undo_remove_note.json activity Undo actor=/u/lemmy_beta
    object=/activities/delete/2598435c-87a3-49cd-81f3-a44b03b7af9d nested=Delete
lemmy/activities/following/accept.json activity Accept actor=/c/main
    object=/activities/follow/6abcd50b-b8ca-4952-86b0-a6dd8cc12866 nested=Follow
lemmy/activities/following/follow.json activity Follow actor=/u/lemmy_alpha object=/c/main
lemmy/activities/following/undo_follow.json activity Undo actor=/u/lemmy_alpha
    object=/activities/follow/dc2f1bc5-f3a0-4daa-a46b-428cbfbd023c nested=Follow
lemmy/activities/voting/dislike_page.json activity Dislike actor=/u/lemmy_beta object=/post/1
lemmy/activities/voting/like_note.json activity Like actor=/u/lemmy_alpha object=/comment/1
lemmy/activities/voting/undo_dislike_page.json activity Undo actor=/u/lemmy_beta
    object=/activities/like/2227ab2c-79e2-4fca-a1d2-1d67dacf2457 nested=Like
lemmy/activities/voting/undo_like_note.json activity Undo actor=/u/lemmy_alpha
    object=/activities/like/efcf7ae2-dfcc-4ff4-9ce4-6adf251ff004 nested=Like
lemmy/collections/group_featured_posts.json collection OrderedCollection total=2 items=2
lemmy/collections/group_followers.json collection Collection total=3 items=0
lemmy/collections/group_moderators.json collection OrderedCollection total=none items=1
lemmy/collections/group_outbox.json collection OrderedCollection total=2 items=2
lemmy/collections/person_outbox.json collection OrderedCollection total=0 items=0
lemmy/objects/comment.json object Note author=/u/picard reply=/post/55143 mentions=2 language=fr
    source=text/markdown
lemmy/objects/group.json actor Group username=tenforward image=yes moderators=yes
lemmy/objects/instance.json actor Application username=enterprise.lemmy.ml shared=no icon=no
lemmy/objects/page.json object Page author=/u/picard media=1 mentions=1 language=fr title=yes
    source=text/markdown
lemmy/objects/page_image_and_link.json object Page author=/u/picard media=1 links=1 language=fr
    title=yes source=text/markdown
lemmy/objects/person.json actor Person username=picard image=yes
lemmy/objects/private_message.json object Note author=/u/picard visible=addressed
    source=text/markdown
lemmy/objects/tombstone.json object Tombstone author= visible=addressed
lotide/activities/create_note_reply.json activity Create actor=/users/1 object=/comments/52 >
    Note author=/users/1 reply=/posts/51 visible=unlisted source=text/markdown
lotide/activities/create_page.json activity Create actor=/apub/users/1 object=/apub/posts/60 >
    Page author=/apub/users/1 visible=unlisted links=1 title=yes
lotide/activities/create_page_image.json activity Create actor=/apub/users/3
    object=/apub/posts/46 > Note author=/apub/users/3 visible=unlisted media=1 title=yes
lotide/activities/delete_note.json activity Delete actor=/users/3 object=/posts/12
lotide/activities/follow.json activity Follow actor=/users/1 object=/c/foss
lotide/objects/group.json actor Group username=Iotide shared=no icon=no
lotide/objects/note.json object Note author=/users/3 reply=/posts/9 visible=unlisted
    source=text/markdown
lotide/objects/page.json object Page author=/users/1 visible=unlisted links=1 title=yes
lotide/objects/person.json actor Person username=57H icon=no
lotide/objects/tombstone.json object Tombstone author= visible=addressed
mastodon/activities/create_note.json activity Create actor=/users/felix
    object=/users/felix/statuses/107224289116410645 > Note author=/users/felix
    reply=/users/retiolus/statuses/107224244380204526 visible=unlisted mentions=1 language=en
mastodon/activities/delete.json activity Delete actor=/users/felix
    object=/users/felix/statuses/107773559874184870 signed=signature
mastodon/activities/flag.json activity Flag actor=/actor object=/users/1
    reason='Please take a look at this user and their posts'
mastodon/activities/follow.json activity Follow actor=/users/asonix object=/c/testcom
mastodon/activities/like_page.json activity Like actor=/users/felix object=/post/147
mastodon/activities/private_message.json object Note author=/users/nutomic
    reply=/users/nutomic/statuses/110854464248188528 visible=addressed mentions=1 language=es
mastodon/activities/undo_follow.json activity Undo actor=/users/asonix
    object=/1ea87517-63c5-4118-8831-460ee641b2cf nested=Follow
mastodon/activities/undo_like_page.json activity Undo actor=/users/felix
    object=/users/felix#likes/212341 nested=Like
mastodon/collections/featured.json collection OrderedCollection total=1 items=1
mastodon/objects/note_1.json object Note author=/users/felix
    reply=/users/retiolus/statuses/107224244380204526 visible=unlisted mentions=1 language=en
mastodon/objects/note_2.json object Note author=/users/kde
    reply=/users/kde/statuses/113306824627995724 media=1 mentions=1 language=en
mastodon/objects/page.json object Note author=/users/mastodon mentions=1 language=it
mastodon/objects/person.json actor Person username=mastodon discoverable=no
mbin/activities/accept.json activity Accept actor=/m/someMag
    object=/f/object/c51ea652-e594-4920-a989-f5350f0cec05 nested=Follow
mbin/activities/flag.json activity Flag actor=/u/BentiGorlich object=/post/4
    reason='dikjhgasdpas dsaü'
mbin/objects/instance.json actor Application username=fedia.io shared=no locked=yes icon=no
mitra/activities/accept.json activity Accept actor=/users/localtestgroup
    object=/activities/follow/7d782f02-b91d-4455-b6c0-772540f00c2d signed=proof
mitra/activities/create_post.json activity Create actor=/users/test
    object=/objects/019f57cf-693a-77f2-b006-c4c76338956a signed=proof > Note author=/users/test
    language=da
mobilizon/objects/event.json object Event author=/@devon_caledonian_society media=1 hashtags=3
    language=en title=yes
mobilizon/objects/group.json actor Group username=contribateliers discoverable=yes image=yes
mobilizon/objects/person.json actor Person username=sanof44 discoverable=no icon=no
nodebb/objects/group.json actor Group username=general
nodebb/objects/page.json object Article author=/uid/1 title=yes source=text/markdown
nodebb/objects/person.json actor Person username=julian icon=no
peertube/activities/announce_video.json activity Announce
    actor=/video-channels/thelinuxexperiment_channel
    object=/videos/watch/e7946124-7b72-4ad7-9d22-844a84bb2de1
peertube/objects/group.json actor Group username=thelinuxexperiment_channel image=yes
peertube/objects/note.json object Note author=/accounts/yoge6785555
    reply=/objects/87c1cbf5-542a-491d-af57-0414c8648381 mentions=1
peertube/objects/person.json actor Person username=thelinuxexperiment
peertube/objects/video.json object Video author=/accounts/thelinuxexperiment media=1 language=en
    title=yes
pleroma/activities/create_note.json activity Create actor=/users/nutomic
    object=/objects/1a522f2e-d5ab-454b-93d7-e58bc0650c2a > Note author=/users/nutomic
    reply=/post/55143 mentions=1
pleroma/activities/delete.json activity Delete actor=/users/vpzom
    object=/objects/38e2b983-ebf5-4387-9bc2-3b80305469c9
pleroma/activities/follow.json activity Follow actor=/users/kinetix object=/u/kinetix
pleroma/objects/chat_message.json object ChatMessage author=/users/lanodan visible=addressed
pleroma/objects/note.json object Note author=/users/lanodan reply=/post/55143 visible=unlisted
    mentions=1
pleroma/objects/person.json actor Person username=lanodan emojis=3 discoverable=no image=yes
smithereen/activities/create_note.json activity Create actor=/users/1 object=/posts/66561
    signed=signature > Note author=/users/1 reply=/post/1723 mentions=1
smithereen/objects/note.json object Note author=/users/1 reply=/post/1723 mentions=1
smithereen/objects/person.json actor Person username=grishka
wordpress/activities/announce.json activity Announce actor=/@pfefferle.org
    object=/lemmy-part-4/#activity nested=Update > Article author=/author/pfefferle/ language=en
    title=yes
wordpress/objects/group.json actor Group username=dbzer0.com fields=1 discoverable=yes
    moderators=yes
wordpress/objects/note.json object Note author=/author/pfefferle/
    reply=/ap/object/ce040f1ead95964f6dbbf1084b81432d language=en
wordpress/objects/page.json object Article author=/blog/author/db0/ media=4 hashtags=5
    language=en title=yes
wordpress/objects/person.json actor Person username=matthias fields=2 discoverable=yes
"""


def _facts(kind: str, words: list[str]) -> Facts:
    pairs = dict(word.split("=", 1) for word in words[1:])
    return DEFAULTS[kind] | {"type": words[0]} | pairs


def _row(line: str) -> tuple[str, str, Facts, Facts | None]:
    outside, _, inside = line.partition(" > ")
    path, kind, *words = shlex.split(outside)
    return path, kind, _facts(kind, words), _facts("object", inside.split()) if inside else None


ROWS = [_row(line) for line in _TABLE.replace("\n    ", " ").strip().splitlines()]
"""`(path, kind, facts, facts of the object inside)`."""
