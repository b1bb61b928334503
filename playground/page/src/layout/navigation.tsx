/** Where one can go. */
import { NavLink } from 'react-router';

export function Navigation() {
  return <nav><NavLink to="/">Trade</NavLink> <NavLink to="/orders">Orders</NavLink></nav>;
}
