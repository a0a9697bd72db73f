SELECT json_object('data', json_object('event', (
    SELECT json_object(
        'slug', event.slug,
        'name', event.name,
        'startsAt', replace(event.starts_at, '+00:00', 'Z'),
        'endsAt', replace(event.ends_at, '+00:00', 'Z'),
        'status', event.status,
        'description', event.description,
        'venue', (
            SELECT json_object('name', name, 'address', address, 'city', city)
            FROM venues
            WHERE id = event.venue_id
        ),
        'hosts', (
            SELECT json_group_array(
                json_object('role', role, 'group', json_object('slug', slug, 'name', name))
                ORDER BY position
            )
            FROM event_hosts JOIN groups ON id = group_id
            WHERE event_id = event.id
        ),
        'talks', json_object('nodes', (
            SELECT json_group_array(
                json_object(
                    'title', talk.title,
                    'abstract', talk.abstract,
                    'speakers', (
                        SELECT json_group_array(
                            json_object('person', json_object('slug', slug, 'name', name, 'bio', bio))
                            ORDER BY position
                        )
                        FROM talk_speakers JOIN people ON id = person_id
                        WHERE talk_id = talk.id
                    )
                )
            )
            FROM (
                SELECT id, title, abstract
                FROM talks
                WHERE event_id = event.id AND status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')
                ORDER BY position, id
                LIMIT 20
            ) AS talk
        ))
    )
    FROM events AS event
    WHERE slug = ?1 AND publication <> 'DRAFT'
)))
