SELECT json_build_object('data', json_build_object('event', (
    SELECT json_build_object(
        'slug', event.slug,
        'name', event.name,
        'startsAt', to_char(event.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'endsAt', to_char(event.ends_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'status', event.status,
        'description', event.description,
        'venue', (
            SELECT json_build_object('name', name, 'address', address, 'city', city)
            FROM venues
            WHERE id = event.venue_id
        ),
        'hosts', coalesce((
            SELECT json_agg(
                json_build_object('role', role, 'group', json_build_object('slug', slug, 'name', name))
                ORDER BY position
            )
            FROM event_hosts JOIN groups ON id = group_id
            WHERE event_id = event.id
        ), '[]'),
        'talks', json_build_object('nodes', coalesce((
            SELECT json_agg(
                json_build_object(
                    'title', talk.title,
                    'abstract', talk.abstract,
                    'speakers', coalesce((
                        SELECT json_agg(
                            json_build_object('person', json_build_object('slug', slug, 'name', name, 'bio', bio))
                            ORDER BY position
                        )
                        FROM talk_speakers JOIN people ON id = person_id
                        WHERE talk_id = talk.id
                    ), '[]')
                )
            )
            FROM (
                SELECT id, title, abstract
                FROM talks
                WHERE event_id = event.id AND status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')
                ORDER BY position, id
                LIMIT 20
            ) AS talk
        ), '[]'))
    )
    FROM events AS event
    WHERE slug = $1 AND publication <> 'DRAFT'
)))::text
