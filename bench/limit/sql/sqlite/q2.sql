SELECT json_object('data', json_object('group', (
    SELECT json_object('events', json_object('nodes', (
        SELECT json_group_array(
            json_object(
                'slug', event.slug,
                'name', event.name,
                'startsAt', replace(event.starts_at, '+00:00', 'Z'),
                'venue', (SELECT json_object('name', name) FROM venues WHERE id = event.venue_id),
                'talks', json_object('nodes', (
                    SELECT json_group_array(
                        json_object('title', talk.title, 'speakers', (
                            SELECT json_group_array(
                                json_object('person', json_object('slug', slug, 'name', name))
                                ORDER BY position
                            )
                            FROM talk_speakers JOIN people ON id = person_id
                            WHERE talk_id = talk.id
                        ))
                    )
                    FROM (
                        SELECT id, title
                        FROM talks
                        WHERE event_id = event.id AND status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')
                        ORDER BY position, id
                        LIMIT 20
                    ) AS talk
                ))
            )
        )
        FROM (
            SELECT id, slug, name, events.starts_at, venue_id
            FROM event_hosts CROSS JOIN events
            WHERE id = event_id AND group_id = "group".id AND publication <> 'DRAFT'
            ORDER BY coalesce(event_hosts.starts_at, '0001-01-01T00:00:00+00:00') DESC, event_id DESC
            LIMIT 20
        ) AS event
    )))
    FROM groups AS "group"
    WHERE slug = ?1
)))
