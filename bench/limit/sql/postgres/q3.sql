SELECT json_build_object('data', json_build_object('person', (
    SELECT json_build_object(
        'slug', person.slug,
        'name', person.name,
        'bio', person.bio,
        'talks', json_build_object('nodes', coalesce((
            SELECT json_agg(
                json_build_object('title', talk.title, 'event', (
                    SELECT json_build_object(
                        'slug', event.slug,
                        'name', event.name,
                        'startsAt', to_char(event.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                        'hosts', coalesce((
                            SELECT json_agg(
                                json_build_object('role', role, 'group', json_build_object('slug', slug, 'name', name))
                                ORDER BY position
                            )
                            FROM event_hosts JOIN groups ON id = group_id
                            WHERE event_id = event.id
                        ), '[]')
                    )
                    FROM events AS event
                    WHERE id = talk.event_id
                ))
            )
            FROM (
                SELECT title, event_id
                FROM talk_speakers JOIN talks ON id = talk_id
                WHERE person_id = person.id AND status IN ('ACCEPTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED')
                    AND NOT EXISTS (SELECT FROM events WHERE id = event_id AND publication = 'DRAFT')
                ORDER BY coalesce(held_on, '0001-01-01'::date) DESC, id DESC
                LIMIT 100
            ) AS talk
        ), '[]'))
    )
    FROM people AS person
    WHERE id = (SELECT coalesce(merged_into_id, id) FROM people WHERE slug = $1)
)))::text
