/** Work for three: a scene graph moves, its matrices, bounds and rays are computed. */
import { BoxGeometry, Color, Euler, Frustum, Group, Matrix4, Mesh, MeshBasicMaterial, PerspectiveCamera, Quaternion, Raycaster, Scene, SphereGeometry, Vector3 } from 'three';

const scene = new Scene();
const camera = new PerspectiveCamera(60, 1.5, 0.1, 500);
camera.position.set(0, 10, 60);
const geometries = [new BoxGeometry(1, 2, 3), new SphereGeometry(1, 8, 6)];
const material = new MeshBasicMaterial({ color: 0xff8800 });
for (let index = 0; index < 20; index++) {
  const group = new Group();
  group.position.set(index % 5 - 2, index % 7 - 3, index % 3);
  for (let child = 0; child < 10; child++) {
    const mesh = new Mesh(geometries[child % 2], material);
    mesh.position.set(child - 5, index - 10, child % 4);
    group.add(mesh);
  }
  scene.add(group);
}
let turn = 0;

export function work() {
  turn += 0.01;
  scene.traverse(object => { object.rotation.set(turn, turn * 2, turn * 3); });
  scene.updateMatrixWorld();
  camera.lookAt(new Vector3(0, 0, 0));
  camera.updateMatrixWorld();
  const frustum = new Frustum().setFromProjectionMatrix(new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse));
  let seen = 0;
  scene.traverse(object => { if (object.isMesh && frustum.intersectsObject(object)) seen++; });
  const ray = new Raycaster(new Vector3(0, 0, 50), new Vector3(0, 0, -1));
  seen += ray.intersectObjects(scene.children, true).length;
  const quaternion = new Quaternion().setFromEuler(new Euler(turn, 0, turn));
  const color = new Color().setHSL(turn % 1, 0.5, 0.5);
  const point = new Vector3(1, 2, 3);
  for (let index = 0; index < 200; index++) point.applyQuaternion(quaternion).normalize().multiplyScalar(1 + color.r);
  return seen + point.length();
}
