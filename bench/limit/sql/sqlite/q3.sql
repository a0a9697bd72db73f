SELECT json_object('data', json_object('person', (
    SELECT json_object(
        'slug', person.slug,
        'name', person.name,
        'bio', person.bio,
        'talks', json_object('nodes', (
            SELECT json_group_array(
                json_object('title', talk.title, 'event', (
                    SELECT json_object(
                        'slug', event.slug,
                        'name', event.name,
                        'startsAt', replace(event.starts_at, '+00:00', 'Z'),
                        'hosts', (
                            SELECT json_group_array(
                                json_object('role', role, 'group', json_object('slug', slug, 'name', name))
                                ORDER BY position
                            )
                            FROM event_hosts JOIN groups ON id = group_id
                            WHERE event_id = event.id
                        )
                    )
                    FROM events AS event
                    WHERE id = talk.event_id
                ))
            )
            FROM (
                SELECT title, event_id
                FROM talk_speakers JOIN talks ON id = talk_id
                WHERE person_id = person.id AND status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')
                    AND NOT EXISTS (SELECT 1 FROM events WHERE id = event_id AND publication = 'DRAFT')
                ORDER BY coalesce(held_on, '0001-01-01') DESC, id DESC
                LIMIT 100
            ) AS talk
        ))
    )
    FROM people AS person
    WHERE id = (SELECT coalesce(merged_into_id, id) FROM people WHERE slug = ?1)
)))
