/** The slug of the group whose site this is. */
export const GROUP: string = import.meta.env.VITE_GROUP ?? 'kubernetes-london';
