WITH page AS MATERIALIZED (
    SELECT id, slug, name, starts_at,
        coalesce(starts_at, '9999-12-31T00:00:00+00:00') AS place, row_number() OVER () AS number
    FROM (
        SELECT id, slug, name, starts_at
        FROM events
        WHERE (coalesce(starts_at, '9999-12-31T00:00:00+00:00'), id) > (?1, unhex(?2, '-'))
            AND coalesce(starts_at, '9999-12-31T00:00:00+00:00') >= ?1
            AND publication <> 'DRAFT'
        ORDER BY coalesce(starts_at, '9999-12-31T00:00:00+00:00'), id
        LIMIT 51
    ) AS event
)
SELECT
    (
        SELECT json_group_array(
            json_object(
                'slug', event.slug,
                'name', event.name,
                'startsAt', replace(event.starts_at, '+00:00', 'Z'),
                'hosts', (
                    SELECT json_group_array(
                        json_object('role', role, 'group', json_object('name', name))
                        ORDER BY position
                    )
                    FROM event_hosts JOIN groups ON id = group_id
                    WHERE event_id = event.id
                )
            )
            ORDER BY number
        )
        FROM page AS event
        WHERE number <= 50
    ),
    iif((SELECT count(*) > 50 FROM page), 'true', 'false'),
    (
        SELECT json_array(
            'STARTS_AT', '+', place,
            format('%s-%s-%s-%s-%s', substr(key, 1, 8), substr(key, 9, 4), substr(key, 13, 4), substr(key, 17, 4), substr(key, 21))
        )
        FROM (SELECT place, lower(hex(id)) AS key FROM page WHERE number <= 50 ORDER BY number DESC LIMIT 1)
    )
