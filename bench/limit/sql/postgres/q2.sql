SELECT json_build_object('data', json_build_object('group', (
    SELECT json_build_object('events', json_build_object('nodes', coalesce((
        SELECT json_agg(
            json_build_object(
                'slug', event.slug,
                'name', event.name,
                'startsAt', to_char(event.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'venue', (SELECT json_build_object('name', name) FROM venues WHERE id = event.venue_id),
                'talks', json_build_object('nodes', coalesce((
                    SELECT json_agg(
                        json_build_object('title', talk.title, 'speakers', coalesce((
                            SELECT json_agg(
                                json_build_object('person', json_build_object('slug', slug, 'name', name))
                                ORDER BY position
                            )
                            FROM talk_speakers JOIN people ON id = person_id
                            WHERE talk_id = talk.id
                        ), '[]'))
                    )
                    FROM (
                        SELECT id, title
                        FROM talks
                        WHERE event_id = event.id AND status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')
                        ORDER BY position, id
                        LIMIT 20
                    ) AS talk
                ), '[]'))
            )
        )
        FROM (
            SELECT id, slug, name, events.starts_at, venue_id
            FROM event_hosts JOIN events ON id = event_id
            WHERE group_id = "group".id AND publication <> 'DRAFT'
            ORDER BY coalesce(event_hosts.starts_at, '0001-01-01T00:00:00+00:00'::timestamptz) DESC, event_id DESC
            LIMIT 20
        ) AS event
    ), '[]')))
    FROM groups AS "group"
    WHERE slug = $1
)))::text
